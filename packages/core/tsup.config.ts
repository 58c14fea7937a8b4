import { build } from '../../tsup.base.ts'

export default build({ index: 'src/index.ts', testing: 'src/testing/index.ts', zod: 'src/zod.ts' })
