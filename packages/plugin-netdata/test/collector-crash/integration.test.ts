import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import type { AnyResource } from '@lares/core'
import type { Host } from '@lares/transport'
import { expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import { until } from '../agents.ts'
import { startCollecting } from '../collector/collecting.ts'
import { dyingHost } from '../dying-host.ts'
import { pluginOn } from '../on-agent.ts'

const agent = await startCollecting()
const folder = `${agent.folder}/etc/python.d`
const file = (module: string) => {
  try {
    return readFileSync(`${folder}/${module}.conf`, 'utf8')
  } catch {
    return ''
  }
}
const blocks = (module: string) => file(module).split('# BEGIN lares: home/lines').length - 1

/** python.d reads its files when it starts: it runs by what they say when it has started after the last change. */
const runsByItsFiles = () =>
  until('python.d has started after its files were changed', async () => {
    const [changed, started] = execFileSync('sh', [
      '-c',
      `find "$0" "$0.conf" -printf '%C@\\n' | sort -n | tail -n 1
       for pid in $(pgrep -f python.d.plugin); do
         grep -qzx "NETDATA_USER_CONFIG_DIR=\${0%/*}" "/proc/$pid/environ" || continue
         ticks=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
         awk -v ticks="$ticks" -v hertz="$(getconf CLK_TCK)" -v now="$(date +%s.%N)" \\
           '{ printf "%.2f", now - $1 + ticks / hertz }' /proc/uptime
       done`,
      folder,
    ])
      .toString()
      .split('\n')
      .map(Number)
    return started !== undefined && started + 0.02 >= changed!
  })

const labOf = (host: (host: Host) => Host) => pluginOn(agent, { ready: false, host })
type Declare = (plugin: ReturnType<typeof labOf>) => AnyResource[]
const lines: Declare = ({ collector }) => [collector('lines', { module: 'example', settings: { num_lines: 3 } })]
const program: Declare = ({ collector }) => [collector('lines', { module: 'go_expvar', settings: { url: 'http://a' } })]

test('killed anywhere while it comes, moves to another module, or goes: the next apply ends it', async () => {
  const lab = testLab('home')
  const good = labOf((host) => host)
  const gone = { mode: 'destroy' }
  const steps: [Declare, object, number[], string[]][] = [
    [lines, {}, [1, 0], ['example.conf']],
    [program, {}, [0, 1], ['example.conf', 'go_expvar.conf']],
    [program, gone, [0, 0], ['example.conf']],
  ]
  let killed = 0
  for (let [calls, alive] = [1, 0]; alive < steps.length; calls += 2) {
    alive = 0
    for (const [declare, options, where, files] of steps) {
      const { result } = await lab.attempt(declare(labOf((host) => dyingHost(host, calls))), options)
      if (result!.failed > 0) killed++
      else alive++
      await lab.apply(declare(good), options)
      if (options !== gone) expect(await lab.rest(declare(good))).toBe('')
      expect([blocks('example'), blocks('go_expvar')]).toEqual(where)
      expect(readdirSync(folder).sort()).toEqual(files)
      expect(readdirSync(`${agent.folder}/etc`).filter((name) => name.startsWith('.lares'))).toEqual([])
      await runsByItsFiles()
    }
  }
  expect(killed).toBeGreaterThan(8)
})

test('a block that was copied by hand is shown, and there is one again', async () => {
  const lab = testLab('home')
  const good = labOf((host) => host)
  await lab.apply(lines(good))
  copyFileSync(`${folder}/example.conf`, `${folder}/go_expvar.conf`)
  expect(await lab.rest(lines(good))).toMatch(/loaded: false -> true/)
  await lab.apply(lines(good))
  expect([blocks('example'), blocks('go_expvar')]).toEqual([1, 0])
  expect(await lab.rest(lines(good))).toBe('')
})
