import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { secret } from '@lares/core'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import { startAgent, until } from '../agents.ts'
import { pluginOn } from '../on-agent.ts'
import { startMailServer, startReceiver } from './servers.ts'

const agent = await startAgent({
  config: { health: { 'script to execute on alarm': '/usr/lib/netdata/plugins.d/alarm-notify.sh' } },
})
// The script runs as the user of the agent.
chmodSync(agent.folder, 0o755)
const netdata = pluginOn(agent)
const file = `${agent.folder}/etc/health_alarm_notify.conf`
const text = () => readFileSync(file, 'utf8')
beforeEach(() => rmSync(file, { force: true }))

const receiver = async (folder?: string) => {
  const started = await startReceiver(folder)
  onTestFinished(started.close)
  return started
}

/** What the action tells, and how it ends. */
async function tried(lab: ReturnType<typeof testLab>, resource: Parameters<typeof lab.apply>[0][number], name: string) {
  let told = ''
  const code = await lab.run([resource], {
    ...{ address: name, action: 'test' },
    write: (chunk) => {
      told += Buffer.from(chunk).toString()
    },
  })
  return { code, told }
}

test('an alarm of a real agent arrives at a webhook, and when it is over, too', async () => {
  const { received, url } = await receiver()
  const lab = testLab('home')
  const hook = netdata.notification('hook', { webhook: { url: `${url}/alarms?to=me` } })
  await lab.apply([hook])
  expect(await lab.rest([hook])).toBe('')
  await agent.gauge('heat', 90)
  agent.writeAlarms(
    'heat',
    'alarm: heat\n on: statsd_heat.gauge\n calc: $gauge\n every: 1s\n warn: $this > 50\n units: C\n info: "it\\\'s" $(hot)\n to: sysadmin\n',
  )
  const sent = () => received.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  const of = (status: string) => until(`${status} arrives`, async () => sent().find((each) => each.status === status))
  expect(await of('WARNING')).toMatchObject({
    host: agent.name,
    alarm: 'heat',
    roles: 'sysadmin',
    value: expect.stringMatching(/^90/),
  })
  await agent.gauge('heat', 10)
  expect(await of('CLEAR')).toMatchObject({ alarm: 'heat', previousStatus: 'WARNING' })
  expect(received[0]).toMatchObject({ path: '/alarms?to=me', headers: { 'content-type': 'application/json' } })
  agent.writeAlarms('heat', '')
  await lab.destroy([hook])
  expect(existsSync(file)).toBe(false)
})

const evil = `it's $(touch PWNED) \`touch PWNED\` "q" \\ & ; 'x`

test('what is in a secret is not run, and is nowhere but in the file', async () => {
  const { received, url } = await receiver()
  const pwned = `${agent.folder}/pwned`
  const token = evil.replaceAll('PWNED', pwned)
  const shown: unknown[] = []
  const lab = testLab('home', { TOKEN: token }, (event) => void shown.push(event))
  const phone = netdata.notification('phone', { ntfy: { server: url, topic: 'lab', token: secret.env('TOKEN') } })
  const plan = await lab.apply([phone])
  expect((statSync(file).mode & 0o777).toString(8)).toBe('640')
  const { code, told } = await tried(lab, phone, 'phone')
  expect(told).toContain('sent ntfy notification of home/phone')
  expect(code).toBe(0)
  expect(received).toHaveLength(3)
  expect(received[0]!.headers.authorization).toBe(`Bearer ${token}`)
  expect(JSON.parse(received[1]!.body)).toMatchObject({ topic: 'lab', priority: 5, tags: ['rotating_light'] })
  expect(existsSync(pwned)).toBe(false)
  expect(JSON.stringify([plan, shown, told, await lab.store.read()])).not.toContain('touch')
  expect(await lab.rest([phone])).toBe('')
})

test('several go to where each belongs, beside what somebody else sends', async () => {
  const [mine, critical, web] = [await receiver(), await receiver(), await receiver()]
  const theirs = `# By hand.\ncustom_sender() {\n  for to in \${1}; do echo "\${status}" >> ${agent.folder}/etc/theirs-\${to}; done\n}\nDEFAULT_RECIPIENT_CUSTOM=operator\n`
  writeFileSync(file, theirs)
  chmodSync(`${agent.folder}/etc`, 0o777)
  const lab = testLab('home')
  const all = [
    netdata.notification('all', { webhook: { url: mine.url, username: 'me', password: 'pass:word' } }),
    netdata.notification('critical', { webhook: { url: critical.url }, severity: 'critical', roles: ['sysadmin'] }),
    netdata.notification('web', { ntfy: { server: web.url, topic: 'web' }, roles: ['webmaster'] }),
  ]
  await lab.apply(all)
  expect(text().startsWith(theirs)).toBe(true)
  const { told, code } = await tried(lab, all[0]!, 'all')
  expect([code, told]).toEqual([0, expect.stringContaining('home/all')])
  const statuses = ({ received }: typeof mine) => received.map(({ body }) => JSON.parse(body).status)
  expect(statuses(mine)).toEqual(['WARNING', 'CRITICAL', 'CLEAR'])
  expect(mine.received[0]!.headers.authorization).toBe(`Basic ${Buffer.from('me:pass:word').toString('base64')}`)
  expect(statuses(critical)).toContain('CRITICAL')
  expect(statuses(critical)).not.toContain('WARNING')
  expect(web.received).toEqual([])
  expect(readFileSync(`${agent.folder}/etc/theirs-operator`, 'utf8')).toBe('WARNING\nCRITICAL\nCLEAR\n')
  expect((await tried(lab, all[2]!, 'web')).code).toBe(0)
  expect(web.received).toHaveLength(3)
  expect(statuses(mine)).toHaveLength(6)
  await lab.destroy(all)
  expect(text()).toBe(theirs)
})

test('a server that refuses, and one that is not there, are told', async () => {
  const server = await receiver()
  server.status = 503
  const lab = testLab('home')
  const hook = (url: string) => netdata.notification('hook', { webhook: { url } })
  await lab.apply([hook(server.url)])
  expect(await tried(lab, hook(server.url), 'hook')).toEqual({
    code: 1,
    told: expect.stringContaining('status code 503'),
  })
  await lab.apply([hook('http://127.0.0.1:1')])
  expect(await tried(lab, hook('http://127.0.0.1:1'), 'hook')).toEqual({
    code: 1,
    told: expect.stringContaining('onnect'),
  })
})

test('Discord is sent to its webhook', async () => {
  const { received, url } = await receiver()
  const lab = testLab('home')
  const discord = netdata.notification('discord', { discord: { webhook: `${url}/api/webhooks/1/abc` } })
  await lab.apply([discord])
  expect((await tried(lab, discord, 'discord')).code).toBe(0)
  expect(received.map(({ path }) => path)).toEqual(Array(3).fill('/api/webhooks/1/abc/slack'))
  expect(new URLSearchParams(received[0]!.body).get('payload')).toContain('test_alarm')
})

test('Telegram is sent to the chats of the bot', async () => {
  const { received, port } = await receiver(agent.folder)
  writeFileSync(file, `curl_options="--insecure --connect-to api.telegram.org:443:127.0.0.1:${port}"\n`)
  const lab = testLab('home', { TOKEN: '12345:abcdef' })
  const bot = netdata.notification('bot', { telegram: { token: secret.env('TOKEN'), chats: ['-1001', '42'] } })
  await lab.apply([bot])
  expect((await tried(lab, bot, 'bot')).code).toBe(0)
  expect(new Set(received.map(({ path }) => path))).toEqual(
    new Set(['/bot12345:abcdef/sendMessage?chat_id=-1001', '/bot12345:abcdef/sendMessage?chat_id=42']),
  )
  expect(received).toHaveLength(6)
})

test('e-mail goes to those who are named, by the sendmail of the host, and not to root', async () => {
  const server = await startMailServer()
  onTestFinished(server.close)
  const sendmail = `${agent.folder}/sendmail`
  const options = `--host=127.0.0.1 --port=${server.port} --auth=off --tls=off`
  writeFileSync(sendmail, `#!/bin/sh\nexec msmtp ${options} "$@"\n`, { mode: 0o755 })
  writeFileSync(file, `sendmail=${sendmail}\n`)
  const lab = testLab('home')
  const mail = netdata.notification('mail', {
    email: { to: ['me@example.com', 'you@example.com'], from: 'Tower <tower@example.com>' },
  })
  await lab.apply([mail])
  const { code, told } = await tried(lab, mail, 'mail')
  expect([code, told]).toEqual([0, expect.stringContaining('sent email notification')])
  expect(server.mails).toHaveLength(3)
  expect([...server.mails[0]!.to].sort()).toEqual(['me@example.com', 'you@example.com'])
  expect(server.mails[0]!.text).toMatch(/From: .*tower@example.com/)
})

test('what is changed by hand, or defined after it, is shown and put right', async () => {
  const { received, url } = await receiver()
  const lab = testLab('home')
  const hook = netdata.notification('hook', { webhook: { url } })
  await lab.apply([hook])
  writeFileSync(file, text().replace('--max-time 30', '--max-time 31'))
  expect(await lab.rest([hook])).toMatch(/block: \(secret\)/)
  await lab.apply([hook])
  const theirs = 'custom_sender() {\n  :\n}\n'
  writeFileSync(file, text() + theirs)
  expect((await tried(lab, hook, 'hook')).code).toBe(1)
  expect(received).toEqual([])
  expect(await lab.rest([hook])).toMatch(/overridden/)
  await lab.apply([hook])
  expect(await lab.rest([hook])).toBe('')
  expect((await tried(lab, hook, 'hook')).code).toBe(0)
  await lab.destroy([hook])
  expect(text()).toBe(theirs)
})

test.each([
  ['no channel', {}, /exactly one of/],
  ['two channels', { discord: { webhook: 'https://d/a' }, email: { to: ['a@b.cd'] } }, /exactly one of/],
  ['no e-mail address', { email: { to: ['root'] } }, /email/],
  ['an address with more than one word', { email: { to: ['"a b"@c.de'] } }, /./],
  ['a role that runs', { roles: ['x]=$(id)'], email: { to: ['a@b.cd'] } }, /name of a role/],
  ['a header of two lines', { webhook: { url: 'https://a', headers: { A: 'b\nC: d' } } }, /one line/],
  ['a topic that is a path', { ntfy: { topic: '../x' } }, /Expected letters/],
  ['a chat that is a name', { telegram: { token: 't', chats: ['me'] } }, /number of a chat/],
  ['a webhook of a file', { webhook: { url: 'file:///etc/passwd' } }, /URL/i],
])('%s is refused before anything is asked', async (_, inputs, message) => {
  await expect(testLab('home').plan([netdata.notification('bad', inputs)])).rejects.toThrow(message)
})

test('two bots of one agent are refused before anything is asked', async () => {
  const bot = (name: string) => netdata.notification(name, { telegram: { token: 'abcdefgh', chats: ['1'] } })
  await expect(testLab('home').plan([bot('a'), bot('b')])).rejects.toThrow(/telegram/)
})
