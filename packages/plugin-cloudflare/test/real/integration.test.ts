import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { type CloudflareStandIn, startCloudflare } from '../../../../e2e/cloudflare/stand-in.ts'
import { handsOf } from '../hands.ts'

const here = import.meta.dirname

/** An account with things of others in it; what the tests of a real account leave there is compared with what was there before. */
async function account() {
  const standIn = await startCloudflare({ zone: 'example.org', rateLimit: { requests: 1e6, seconds: 300 } })
  onTestFinished(() => standIn.close())
  const hands = handsOf(standIn)
  await hands.make(`${hands.account}/access/groups`, { name: 'lares', include: [{ everyone: {} }] })
  await hands.make(`${hands.account}/cfd_tunnel`, { name: 'lares-0123', config_src: 'cloudflare' })
  await hands.make(`${hands.zone}/dns_records`, { name: 'www.example.org', type: 'A', content: '192.0.2.1' })
  const paths = ['groups', 'policies', 'apps', 'service_tokens', 'identity_providers'].map((kind) => `access/${kind}`)
  const everything = async () => {
    const lists = [...[...paths, 'cfd_tunnel'].map((path) => `${hands.account}/${path}`), `${hands.zone}/dns_records`]
    const all = await Promise.all(lists.map((path) => hands.list(path)))
    return all.flat().filter((each) => !each['deleted_at'])
  }
  return { standIn, everything }
}

const environment = ({ account, token, url }: CloudflareStandIn) => ({
  CLOUDFLARE_API_TOKEN: token.value,
  CLOUDFLARE_ACCOUNT_ID: account.id,
  CLOUDFLARE_ZONE: 'example.org',
  CLOUDFLARE_BASE_URL: url,
})

const run = (env: Record<string, string>, ...args: string[]) =>
  execa('vitest', ['run', '--config', `${here}/vitest.config.ts`, ...args], {
    cwd: `${here}/../../../..`,
    env,
    // A group of its own: vitest has workers, which are killed with it.
    detached: true,
    reject: false,
    timeout: 240_000,
    forceKillAfterDelay: 5000,
    all: true,
  })

test('with the variables of an account the contract runs there, and only what others have is left', async () => {
  const { standIn, everything } = await account()
  const before = await everything()
  const storm = () => standIn.limiter.storm({ seconds: 2 })
  standIn.faults.add({ method: 'POST', path: /groups$/, times: 2, happens: { meanwhile: storm, when: 'before' } })
  const { exitCode, all } = await run(environment(standIn), '-t', 'accessGroup .*(created with base|made by hand)')
  expect(exitCode, all).toBe(0)
  expect(all).toMatch(/Tests +[2-9] passed/)
  expect(all).not.toContain(standIn.token.value)
  expect(standIn.calls.filter(({ method }) => method === 'POST').length).toBeGreaterThan(8)
  expect(standIn.calls.some(({ status }) => status === 429)).toBe(true)
  expect(await everything()).toEqual(before)
})

test('what a killed run left is swept away by its prefix', async () => {
  const { standIn, everything } = await account()
  const before = await everything()
  const env = environment(standIn)
  standIn.faults.add({ method: 'POST', path: /\/cfd_tunnel$/, times: 1, happens: { delay: 240_000 } })
  const running = run(env, '-t', 'accessGroup')
  await expect.poll(() => standIn.faults.left, { timeout: 60_000 }).toBe(0)
  process.kill(-running.pid!, 'SIGKILL')
  await running
  const left = await everything()
  expect(left.length).toBeGreaterThan(before.length)
  const [prefix = ''] = left.flatMap((each) => /^lares-[0-9a-f]{8}/.exec(String(each['name'])) ?? [])
  const { stdout } = await execa('node', ['--conditions=lares-source', `${here}/sweep.ts`, prefix], { env })
  expect(stdout.split('\n')).toHaveLength(left.length - before.length)
  expect(await everything()).toEqual(before)
})

test('without them nothing runs, and what is missing is named', async () => {
  const nothing = { CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_ACCOUNT_ID: 'a', CLOUDFLARE_ZONE: '' }
  const { exitCode, all } = await run(nothing)
  expect(exitCode).not.toBe(0)
  expect(all).toContain('need CLOUDFLARE_API_TOKEN, CLOUDFLARE_ZONE')
})
