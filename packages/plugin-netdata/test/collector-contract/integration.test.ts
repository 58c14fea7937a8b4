import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { resourceContract } from '@lares/core/testing'
import { describe, expect, it } from 'vitest'
import { startAgent } from '../agents.ts'
import { pluginOn } from '../on-agent.ts'

/** Its python.d does not run, as it would be started hundreds of times; what it collects is seen elsewhere. */
const agent = await startAgent({
  prepare: (etc) => {
    mkdirSync(`${etc}/python.d`)
    writeFileSync(`${etc}/python.d.conf`, 'default_run: no\n')
    writeFileSync(`${etc}/python.d/tomcat.conf`, '# Theirs.\nlocal:\n  url: http://127.0.0.1:8080/\n')
  },
})
const netdata = pluginOn(agent, { ready: false })
const files = () =>
  execFileSync('sh', ['-c', 'cd "$0" && grep -r "" . | sort', `${agent.folder}/etc`], { encoding: 'utf8' })
const settings = { num_lines: 3 }

resourceContract(
  { describe, it, expect },
  {
    type: 'netdata.collector',
    factory: netdata.collector,
    base: { module: 'example', settings },
    options: {
      name: { name: 'other' },
      settings: { settings: { ...settings, text: 'no', list: ['0o7', 1, true], nested: { deep: 'a: b # c' } } },
      every: { every: 5 },
      retryEvery: { retryEvery: 0 },
      orchestrator: { orchestrator: 'python.d' },
      docker: { module: undefined, settings: undefined, docker: {} },
      dockerElsewhere: { module: undefined, settings: undefined, docker: { address: 'tcp://10.0.0.5:2375' } },
      otherModule: { module: 'tomcat', settings: { url: 'http://10.0.0.5:8080/' } },
    },
    combined: { name: 'other', every: 5, retryEvery: 0, settings: { ...settings, lower: 5 } },
    outside: {
      snapshot: async () => files(),
      remove: async () =>
        void execFileSync('sh', ['-c', 'sed -i "/BEGIN lares/,/END lares/d" "$0"/etc/python.d/*.conf', agent.folder]),
    },
    killAfter: [0, 20],
  },
)
