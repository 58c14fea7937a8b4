import { build, commonJs } from '../../tsup.base.ts'

export default build({ index: 'src/index.ts' }, commonJs)
