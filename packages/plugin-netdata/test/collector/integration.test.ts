import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { secret } from '@lares/core'
import { expect, onTestFinished, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import { until } from '../agents.ts'
import { pluginOn } from '../on-agent.ts'
import { startCollecting, startProgram } from './collecting.ts'

const agent = await startCollecting()
const netdata = pluginOn(agent)
const etc = (name: string) => `${agent.folder}/etc/${name}`
const at = (name: string) => readFileSync(etc(name), 'utf8')

const program = async (user?: string) => {
  const running = await startProgram(user)
  onTestFinished(() => void running.close())
  return running
}
const app = (settings: object, more: object = {}, name = 'app') =>
  netdata.collector(name, { module: 'go_expvar', settings: { collect_memstats: true, ...settings }, ...more })

const charts = async () => {
  const answer = await fetch(`${agent.url}/api/v1/charts`)
  return ((await answer.json()) as { charts: Record<string, { last_entry: number }> }).charts
}
/** Whether a chart still gets values, seen over some seconds of the agent. */
async function isFilled(id: string): Promise<boolean> {
  const newest = (all: Awaited<ReturnType<typeof charts>>) => all['example_theirs.random']?.last_entry ?? 0
  const before = await charts()
  const after = await until('the agent goes on', async () => {
    const now = await charts()
    return newest(now) > newest(before) + 4 && now
  })
  return (after[id]?.last_entry ?? 0) > (before[id]?.last_entry ?? 0)
}

test('what a program tells of itself is charted, and no longer when it is taken out', async () => {
  const { url } = await program()
  const lab = testLab('home')
  const before = at('python.d.conf')
  await lab.apply([app({ url })])
  expect(at('python.d.conf')).toBe(`${before}go_expvar: yes # lares\n`)
  expect(await isFilled('go_expvar_app.memstats_heap')).toBe(true)
  expect(await lab.rest([app({ url })])).toBe('')
  await lab.apply([app({ url }, { name: 'renamed' })])
  expect(await isFilled('go_expvar_renamed.memstats_heap')).toBe(true)
  expect(await isFilled('go_expvar_app.memstats_heap')).toBe(false)
  await lab.destroy([app({ url }, { name: 'renamed' })])
  expect(await isFilled('go_expvar_renamed.memstats_heap')).toBe(false)
  expect(existsSync(etc('python.d/go_expvar.conf'))).toBe(false)
  expect(at('python.d.conf')).toBe(before)
})

test('one that is down is told in the words of the plugin, and charted when it is up', async () => {
  const { url, close } = await program()
  const down = new URL(url)
  down.port = '1'
  const lab = testLab('home')
  const { diagnostics } = await lab.attempt([app({ url: String(down) })])
  expect(diagnostics).toMatchObject([
    { code: 'not_collecting', address: 'app', summary: expect.stringMatching(/go_expvar\[app\].*refused/) },
  ])
  await lab.apply([app({ url })])
  expect(await lab.rest([app({ url })])).toBe('')
  close()
  await lab.destroy([app({ url })])
})

test('jobs of others stay as they are, and one of the same name is refused', async () => {
  const { url } = await program()
  const theirs = at('python.d/example.conf')
  const lab = testLab('home')
  const example = (name: string) => netdata.collector('lines', { name, module: 'example', settings: { num_lines: 3 } })
  const { diagnostics } = await lab.attempt([example('theirs')])
  expect(diagnostics).toMatchObject([{ summary: expect.stringContaining('has another job theirs') }])
  expect(at('python.d/example.conf')).toBe(theirs)
  await lab.apply([example('mine'), app({ url })])
  expect(at('python.d/example.conf')).toContain(theirs)
  expect(await isFilled('example_mine.random')).toBe(true)
  await lab.destroy([example('mine'), app({ url })])
  expect(at('python.d/example.conf')).toBe(theirs)
})

test('what is changed by hand is shown and changed back', async () => {
  const { url } = await program()
  const lab = testLab('home')
  await lab.apply([app({ url })])
  const job = at('python.d/go_expvar.conf')
  writeFileSync(etc('python.d/go_expvar.conf'), job.replaceAll('collect_memstats: true', 'collect_memstats: false'))
  writeFileSync(etc('python.d.conf'), at('python.d.conf').replace('go_expvar: yes # lares\n', ''))
  const rest = await lab.rest([app({ url })])
  expect(rest).toMatch(/job\.collect_memstats: \(secret\)/)
  expect(rest).toMatch(/enabled/)
  await lab.apply([app({ url })])
  expect(await lab.rest([app({ url })])).toBe('')
  await lab.destroy([app({ url })])
})

test('a password is in a file that only the agent reads, and nowhere else', async () => {
  const { url } = await program('me:Tr0ub4dor&3')
  const shown: unknown[] = []
  const lab = testLab('home', { PASSWORD: 'Tr0ub4dor&3' }, (event) => void shown.push(event))
  const mine = app({ url, user: 'me', pass: secret.env('PASSWORD') })
  const plan = await lab.apply([mine])
  const { mode } = statSync(etc('python.d/go_expvar.conf'))
  expect((mode & 0o777).toString(8)).toBe('640')
  expect(at('python.d/go_expvar.conf')).toContain('pass: Tr0ub4dor&3')
  expect(JSON.stringify([plan, shown, await lab.store.read()])).not.toContain('Tr0ub4dor')
  expect(await lab.rest([mine])).toBe('')
  await lab.destroy([mine])
})

test('a password that is given in plain text is shown to nobody, also when it is refused', async () => {
  const { url } = await program('me:Tr0ub4dor&3')
  const shown: unknown[] = []
  const lab = testLab('home', {}, (event) => void shown.push(event))
  const wrong = app({ url: url.replace('//', '//me:Tr0ub4dor&3x@'), user: 'me', pass: 'Tr0ub4dor&3y' })
  const right = app({ url, user: 'me', pass: 'Tr0ub4dor&3' })
  const attempt = await lab.attempt([wrong])
  expect(attempt.diagnostics).toMatchObject([{ code: 'not_collecting' }])
  const rest = await lab.rest([right])
  expect(rest).toMatch(/settings: \(secret\)/)
  const plan = await lab.apply([right])
  expect(JSON.stringify([attempt, rest, plan, shown, await lab.store.read()])).not.toContain('Tr0ub4dor')
  expect(await lab.rest([right])).toBe('')
  await lab.destroy([right])
})

test.each([
  ['http', { http: { url: 'http://10.0.0.5/' } }],
  ['port', { port: { host: '10.0.0.5', ports: [22] } }],
  ['mysql', { mysql: {} }],
  ['certificate', { certificate: { source: 'https://10.0.0.5' } }],
  ['ping', { ping: { hosts: ['10.0.0.5'] } }],
])('a check that only go.d has is refused before anything is written: %s', async (kind, inputs) => {
  const { diagnostics } = await testLab('home').plan([netdata.collector('check', inputs)])
  expect(diagnostics).toMatchObject([
    {
      code: 'no_such_module',
      path: kind,
      summary: `this agent has no go.d.plugin, and python.d has no module for ${kind}`,
      advice: expect.stringContaining('go.d'),
    },
  ])
})

test.each([
  ['nothing to do', {}, /exactly one of/],
  ['two checks', { docker: {}, ping: { hosts: ['a'] } }, /exactly one of/],
  ['settings of a check', { docker: {}, settings: { a: 1 } }, /Settings belong to a module/],
  ['a name with a space', { name: 'a b', docker: {} }, /Expected letters, digits/],
  ['a port that is none', { port: { host: 'a', ports: [70_000] } }, /65535/],
  ['a module with a path', { module: '../x', settings: {} }, /Expected the name of a module/],
])('%s is refused before anything is asked', async (_, inputs, message) => {
  await expect(testLab('home').plan([netdata.collector('check', inputs)])).rejects.toThrow(message)
})
