import { setFlagsFromString } from 'node:v8'
import { createEngine, fileStore, labKey, pluginOf } from '@lares/core'
import { chains, nulls } from './lab.ts'

// As the command does it.
setFlagsFromString('--semi-space-growth-factor=1')
const [directory, count, verb] = process.argv.slice(2) as [string, string, 'apply' | 'plan' | 'destroy']
const engine = createEngine({
  store: fileStore(directory, 'bench'),
  key: labKey('0'.repeat(43)),
  readSecret: async () => '',
  loadPlugin: async () => pluginOf(nulls),
})
const lab = chains(Number(count))
const began = performance.now()
const planned = await engine.plan(lab, verb === 'destroy' ? { mode: 'destroy' } : {})
const done = verb === 'plan' ? 0 : (await planned.apply()).done
await planned.close()
const took = performance.now() - began
const peak = Math.round(process.resourceUsage().maxRSS / 1024)
process.stdout.write(JSON.stringify({ done, peak, took }))
