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
const marks: [string, number][] = []
const planned = await engine.plan(chains(Number(count)), verb === 'destroy' ? { mode: 'destroy' } : {})
marks.push(['plan', performance.now()])
const done = verb === 'plan' ? 0 : (await planned.apply()).done
marks.push(['apply', performance.now()])
await planned.close()
marks.push(['close', performance.now()])
const peak = Math.round(process.resourceUsage().maxRSS / 1024)
process.stdout.write(JSON.stringify({ done, peak, marks }))
