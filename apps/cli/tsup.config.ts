import { build, commonJs } from '../../tsup.base.ts'

export default build({ main: 'src/main.ts' }, { ...commonJs, dts: false })
