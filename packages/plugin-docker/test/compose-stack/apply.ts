import { createEngine, defineLab, fileStore, labKey, pluginOf } from '@lares/core'
import docker from '../../src/index.ts'
import { secrets, stack } from './stack.ts'

/** Applies the stack in a process that can be killed. */
const [directory = '', variables = '{}'] = process.argv.slice(2)
const engine = createEngine({
  store: fileStore(directory, 'stack'),
  key: labKey('a key for tests'),
  readSecret: async () => secrets.DB_PASSWORD,
  loadPlugin: async () => pluginOf(docker),
})
const planned = await engine.plan(defineLab({ name: 'stack', resources: stack(JSON.parse(variables)) }))
const { failed } = await planned.apply()
await planned.close()
process.exit(failed)
