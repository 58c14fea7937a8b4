import { describe, expect, it } from 'vitest'
import { defineLab, interpolate, LaresError, secret } from '../src/index.ts'
import { testEngine } from '../src/testing/index.ts'
import { bench, codes, refusal } from './bench.ts'

const TOKEN = 'token-0123456789'
const secrets = { TOKEN }

describe('a secret', () => {
  it('and every string that is made with one, is shown and recorded nowhere', async () => {
    const { home, fake, tower, world } = bench({ secrets })
    const config = (size: number) => {
      const vault = fake.vault('vault', { on: tower, name: 'vault' })
      const web = fake.thing('web', {
        on: tower,
        name: 'web',
        size,
        note: interpolate`http://user:${secret.env('TOKEN')}@host/`,
        token: secret.env('TOKEN'),
        password: interpolate`${vault.token}!`,
        tags: { a: secret.env('TOKEN') },
      })
      const user = fake.plain('user', { on: tower, path: '/user', text: interpolate`seen ${web.note}` })
      return defineLab({
        name: 'home',
        resources: [user],
        outputs: { note: web.note, url: web.url, vault: vault.token },
      })
    }
    const results: unknown[] = [await home.apply(config(1))]
    expect(world.find('thing', 'web')!.data).toMatchObject({
      note: `http://user:${TOKEN}@host/`,
      password: 'token-of-vault-0123456789!',
      tags: { a: TOKEN },
    })
    expect(world.find('plain', '/user')!.data['text']).toBe(`seen http://user:${TOKEN}@host/`)
    expect(await home.planTextOf(config(1))).toBe('')
    Object.assign(world.find('thing', 'web')!.data, { note: `drifted ${TOKEN}`, token: 'something-else-secret' })
    const drifted = await home.planTextOf(config(1))
    expect(drifted).toMatchInlineSnapshot(`
      "update web; live; because drifted; after vault, tower
        note: (secret) -> (secret) (live, drifted)
        token: (secret) -> (secret) (live, drifted)"
    `)
    world.inject({ does: 'fail', verb: 'update', message: `the tool said ${TOKEN} and token-of-vault-0123456789!` })
    results.push(await home.apply(config(2)), await home.apply(config(2)))
    expect(await home.planTextOf(config(2))).toBe('')
    const shown = JSON.stringify([home.events, results, drifted, home.store.journal, await home.state()])
    for (const value of [
      TOKEN,
      'token-of-vault-0123456789',
      'something-else-secret',
      Buffer.from(TOKEN).toString('base64').slice(0, 20),
    ])
      expect(shown.includes(value), value).toBe(false)
    expect((await home.state()).resources['vault']?.sealed).toBeDefined()
    expect((await home.state()).outputs).toMatchObject({ url: 'thing://web', note: { $lares: 'secret' } })
  })

  it('that is shown only once is known to the next run, under the same key', async () => {
    const { home, fake, tower, world } = bench()
    const config = (more: object = {}) => {
      const vault = fake.vault('vault', { on: tower, name: 'vault' })
      return [vault, ...('path' in more ? [fake.plain('user', { on: tower, path: '/user', text: vault.token })] : [])]
    }
    await home.apply(config())
    await home.apply(config({ path: true }))
    expect(world.find('plain', '/user')?.data['text']).toBe('token-of-vault-0123456789')
    const other = testEngine(world, { store: home.store, key: 'another-key' })
    expect(await refusal(other.plan(config()))).toMatchObject([{ code: 'key_wrong', address: 'vault' }])
  })

  it('that is missing is named by its source, all of them at once', async () => {
    const { home, fake, tower } = bench()
    const web = fake.thing('web', { on: tower, name: 'web', token: secret.env('A'), password: secret.env('B') })
    const missing = await refusal(home.plan(web))
    expect(missing.map(({ code, summary }) => `${code} ${summary}`).sort()).toMatchInlineSnapshot(`
      [
        "secret_missing The secret from env "A" cannot be read",
        "secret_missing The secret from env "B" cannot be read",
      ]
    `)
  })

  it('that changed is seen where it cannot be read back', async () => {
    const { home, fake, tower, world } = bench({ secrets })
    const web = fake.thing('web', { on: tower, name: 'web', password: secret.env('TOKEN') })
    await home.apply(web)
    const later = testEngine(world, { store: home.store, secrets: { TOKEN: 'token-9876543210' } })
    expect(await later.planTextOf(web)).toMatchInlineSnapshot(`
      "update web; live; because changed; after tower
        password: (none) -> (secret) (live, changed)"
    `)
    await later.apply(web)
    expect(world.find('thing', 'web')!.data['password']).toBe('token-9876543210')
    expect(await later.planTextOf(web)).toBe('')
  })

  it('is not needed any more to destroy', async () => {
    const { home, fake, tower, world } = bench({ secrets })
    const web = fake.thing('web', { on: tower, name: 'web', password: secret.env('TOKEN') })
    await home.apply(web)
    const later = testEngine(world, { store: home.store })
    expect(await later.apply(web, { mode: 'destroy' })).toMatchObject({ failed: 0, skipped: 0 })
    expect(world.text()).toBe('')
  })
})

describe('what a plugin returns', () => {
  it('is checked against its schema, and its bug is named as one', async () => {
    const { home, fake, tower, world } = bench()
    const web = fake.thing('web', { on: tower, name: 'web' })
    await home.apply(web)
    world.find('thing', 'web')!.data['size'] = 'big'
    const { plan } = await home.apply(web)
    expect(codes(plan)).toEqual(['invalid_attributes'])
    expect(plan.diagnostics[0]!.advice).toContain('@lares/plugin-fake')
  })
})

describe('an error', () => {
  it('is a list of diagnostics with its cause, and a plan that is refused leaves no lock', async () => {
    const { home, fake, tower } = bench()
    const bad = fake.thing('web', { on: tower, name: 'web', size: 1000, ports: [1] })
    await expect(home.plan(bad)).rejects.toBeInstanceOf(LaresError)
    expect(await home.planTextOf(tower)).toBe('adopt tower; because new')
  })
})
