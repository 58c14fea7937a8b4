import http from 'node:http'
import { createEngine, defineLab, fileStore, labKey, pluginOf } from '@lares/core'
import docker from '../../src/index.ts'

/** Applies one container or project, and dies at the n-th request that changes something: before it is sent or after it was answered. */
const [directory = '', inputs = '{}', strike = '0', moment] = process.argv.slice(2)

let count = 0
const send = http.request
http.request = ((...args: Parameters<typeof send>) => {
  const request = send(...args)
  const { method } = request
  if (method === 'GET' || ++count !== Number(strike)) return request
  if (moment === 'before') process.kill(process.pid, 'SIGKILL')
  return request.on('response', () => process.kill(process.pid, 'SIGKILL'))
}) as typeof send

const engine = createEngine({
  store: fileStore(directory, 'crash'),
  key: labKey('a key for tests'),
  readSecret: async () => '',
  loadPlugin: async () => pluginOf(docker),
})
const wanted = JSON.parse(inputs)
const declare = 'content' in wanted ? docker.compose : docker.container
const resources = inputs === '{}' ? [] : [declare('web', wanted)]
const planned = await engine.plan(defineLab({ name: 'crash', resources }), inputs === '{}' ? { mode: 'destroy' } : {})
const { failed } = await planned.apply()
await planned.close()
process.exit(failed)
