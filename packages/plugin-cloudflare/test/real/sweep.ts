import { sweep } from '../contract-world.ts'
import { accountOf } from './account.ts'

const [prefix = ''] = process.argv.slice(2)
if (!/^lares-[0-9a-f]{8}$/.test(prefix)) throw new Error('Expected the prefix of a run, such as lares-0123abcd')
for (const swept of await sweep(await accountOf(process.env, prefix))) console.log(`removed ${swept}`)
