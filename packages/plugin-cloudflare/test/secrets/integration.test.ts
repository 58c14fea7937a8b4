import { readFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startCloudflare } from '../../../../e2e/cloudflare/stand-in.ts'
import { commandLab } from '../command.ts'
import { environmentOf, wholeLab } from '../whole-lab.ts'

/** The ways in which a secret could stand in a text. */
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  // Without the last characters, which depend on what follows; at each of the three offsets that base64 can begin at.
  const within = [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64').replace(/=+$/, '').slice(0, -2))
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), bytes.toString('hex'), ...within]
}

/** Names of the texts in which a secret stands. */
const leaks = (texts: ReadonlyMap<string, string>, secrets: readonly string[]): string[] =>
  [...texts].flatMap(([name, text]) =>
    secrets
      .filter((secret) => formsOf(secret).some((form) => text.includes(form)))
      .map((secret) => `${name}: ${secret}`),
  )

/** What a user may have set for other tools; none of it is meant for this account. */
const others = {
  CLOUDFLARE_API_TOKEN: 'other-token-0123456789012345678901234567890123',
  CLOUDFLARE_API_KEY: 'other-key-012345678901234567890123456',
  CLOUDFLARE_EMAIL: 'other@example.net',
  CLOUDFLARE_API_USER_SERVICE_KEY: 'v1.0-other-service-key',
  CLOUDFLARE_ACCOUNT_ID: 'f'.repeat(32),
  CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9/client/v4',
  CLOUDFLARE_CUSTOM_HEADERS: 'Authorization: Bearer other-header-token-0123456789012345678901\nX-Other: other-header',
  CLOUDFLARE_LOG: 'debug',
}

test('tokens and secrets stand in no file, event, line or error, and in no argument of a process', {
  timeout: 300_000,
}, async () => {
  const standIn = await startCloudflare({ zone: 'example.org' })
  const lab = await commandLab(wholeLab, { ...environmentOf(standIn), ...others })
  onTestFinished(async () => {
    await standIn.close()
    await lab.remove()
  })
  const texts = new Map<string, string>()
  const watch = async (name: string, args: string[]) => {
    let pid = 0
    standIn.faults.add({
      path: /groups/,
      happens: {
        when: 'after',
        meanwhile: async () => void texts.set(`${name} argv`, await readFile(`/proc/${pid}/cmdline`, 'latin1')),
      },
    })
    const { text, code } = await lab.run(args, {
      started(started) {
        pid = started
      },
    })
    texts.set(name, text)
    for (const [file, content] of await lab.files()) texts.set(`${name} ${file.slice(lab.directory.length)}`, content)
    return { text, code }
  }
  await lab.write('stage', 'made')
  const apply = ['apply', '--yes']
  expect(await watch('saving a plan', ['plan', '--out', 'plan.json'])).toMatchObject({ code: 0 })
  expect(await watch('applying it', ['apply', 'plan.json', '--json'])).toMatchObject({ code: 0 })
  expect(await watch('nothing to do', ['plan', '--json'])).toMatchObject({ code: 0 })
  await lab.write('stage', 'changed')
  // Every kind of failure on the way: what is sent and what comes back holds secrets.
  standIn.faults.add({ method: 'POST', path: /rotate/, times: 2, happens: { drop: 'after' } })
  standIn.faults.add({ method: 'PUT', path: /identity_providers/, times: 9, happens: { status: 500, when: 'after' } })
  standIn.faults.add({ method: 'PUT', path: /configurations/, times: 9, happens: { drop: 'before' } })
  expect(await watch('failing', [...apply, '--json'])).not.toMatchObject({ code: 0 })
  standIn.faults.clear()
  const gone = standIn.seed.token({ permissions: ['Zone Read'] })
  const refused = await lab.run(apply, { env: { CF_TOKEN: gone.value } })
  texts.set('refused', refused.text)
  expect(refused.code).not.toBe(0)
  expect(await watch('converging', apply)).toMatchObject({ code: 0 })
  expect(await watch('listing', ['import', 'cloudflare.serviceToken', '--on', 'cf', '--json'])).toMatchObject({
    code: 0,
  })
  expect(await watch('outputs', ['output', '--json'])).toMatchObject({ code: 0 })
  expect(await watch('state', ['state', 'show', 'backup'])).toMatchObject({ code: 0 })
  expect(await watch('state of the tunnel', ['state', 'show', 'shed', '--json'])).toMatchObject({ code: 0 })
  const secrets = [...new Set([...standIn.secretsSeen(), environmentOf(standIn)['TUNNEL_SECRET']!])]
  console.log(
    `${secrets.length} secrets in ${texts.size} texts, ${[...texts.keys()].filter((name) => / argv$/.test(name)).length} command lines`,
  )
  expect(secrets.length).toBeGreaterThan(6)
  expect([...texts.keys()].some((name) => name.includes('plan.json'))).toBe(true)
  expect([...texts.keys()].some((name) => name.includes('history') || name.includes('state'))).toBe(true)
  expect([...texts.keys()].some((name) => name.endsWith(' argv'))).toBe(true)
  expect(leaks(texts, secrets)).toEqual([])
  // With the other credentials nothing would have worked; they are shown nowhere, either.
  expect(leaks(texts, [others.CLOUDFLARE_API_TOKEN, others.CLOUDFLARE_API_KEY, 'other-header-token'])).toEqual([])
  expect(new Set(standIn.calls.filter(({ status }) => status === 200).map(({ token }) => token))).toEqual(
    new Set([standIn.token.id, gone.id]),
  )
})
