import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { onShelf, yamlLab } from './lab.ts'

const note = (text: string) => `  todo: { type: files.note, on: shelf, name: todo, text: ${text} }\n`

test('the record can be listed, shown, forgotten, and brought back', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(note('one'))
  expect((await lab.run('state list')).out).toBe('Nothing is recorded yet.\n')
  await lab.run('apply --yes')
  await lab.write({ 'lares.yaml': onShelf(note('two')) })
  await lab.run('apply --yes')
  expect((await lab.run('state list')).out).toMatchInlineSnapshot(`
    "shelf  files.shelf            ./shelf
    todo   files.note   on shelf  todo
    "
  `)
  expect((await lab.run('state show todo')).out).toMatchInlineSnapshot(`
    "todo  files.note
      plugin: lares-plugin-files
      version: 1
      identity: todo
      scope: ./shelf
      on: shelf
      dependencies: shelf
      inputs
        name: "todo"
        text: "two"
      attributes
        name: "todo"
        text: "two"
        format: "plain"
        length: 3
        owner: {"lab":"home","address":"todo"}
    "
  `)
  expect((await lab.run('state show tood')).err).toMatchInlineSnapshot(`
    "Error: There is no resource "tood" in the state [unknown_address]
      → Did you mean "todo"?
    "
  `)
  expect((await lab.run('state history')).out).toMatch(/^1 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}2 resources\n$/)
  expect((await lab.run('state restore 1')).err).toMatchInlineSnapshot(`
    "Error: Nothing was done: there is nobody to ask [consent_needed]
      → Add --yes.
    "
  `)
  expect((await lab.run('state restore 1 --yes')).out).toMatchInlineSnapshot(`
    "Version 1 is current again, as 3. "lares plan" shows what differs from it.
    "
  `)
  expect((await lab.run('state restore 9 --yes')).err).toMatchInlineSnapshot(`
    "Error: There is no version 9 of the state [state_version_unknown]
      → \`lares state history\` lists the versions that there are.
    "
  `)
  expect((await lab.run('state forget todo')).out).toMatchInlineSnapshot(`
    "Forgotten: todo. What they stand for is as it was.
    "
  `)
  expect((await lab.run('state list --json')).out).not.toContain('todo')
  expect((await lab.run('plan')).code).toBe(0)
})

test('a state that is broken, newer, or of another lab is refused with a way back', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(note('one'))
  await lab.run('apply --yes')
  const good = await lab.read('.lares/state.json')
  await lab.write({ '.lares/state.json': good.slice(0, 100) })
  expect((await lab.run('plan')).err).toMatchInlineSnapshot(`
    "Error: The state file <lab>/.lares/state.json is broken: it is not JSON [state_broken]
      at .lares/state.json:6:6
      6 | "reso
        |      ^
      Unterminated string in JSON at position 100 (line 6 column 6)
      → Nothing was changed. \`lares state history\` lists the versions before it; \`lares state restore N\` brings one back and keeps the broken file aside.
    "
  `)
  expect(await lab.read('.lares/state.json')).toBe(good.slice(0, 100))
  await lab.write({
    '.lares/state.json': good.replace('"version":1', '"version":7').replace('"version": 1', '"version": 7'),
  })
  expect((await lab.run('plan')).err).toMatchInlineSnapshot(`
    "Error: The state was written by a newer version of Lares (format 7, this one reads up to 1) [state_newer]
      at .lares/state.json
      → Update Lares. \`lares state history\` lists older versions, should you want to go back.
    "
  `)
  await lab.write({
    '.lares/state.json': good,
    'lares.yaml': onShelf(note('one')).replace('name: home', 'name: other'),
  })
  expect((await lab.run('plan')).err).toMatchInlineSnapshot(`
    "Error: The state is of the lab "home", and this is "other" [state_of_other_lab]
      at .lares/state.json
      → Give this lab a directory of its own, or its name back: "home".
    "
  `)
})

test('a lock that is held is waited for, shown and broken', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(`  slow: { type: files.note, on: shelf, name: slow, text: a, slow: 6000 }\n${note('one')}`)
  let id: string | undefined
  const outcomes: string[] = []
  let others: Promise<void> | undefined
  const first = lab.run('apply --yes', {
    onErr: (text) => {
      if (!text.includes('slow creating') || others) return
      others = (async () => {
        const refused = await lab.run('plan')
        id = /unlock (\w+)/.exec(refused.err)?.[1]
        outcomes.push(refused.err.replace(id ?? '', '<id>').replace(/process \d+/, 'process <pid>'))
        const patient = await lab.run('plan --lock-timeout 30s')
        outcomes.push(`${patient.code} ${patient.out}`)
      })()
    },
  })
  expect((await first).code).toBe(0)
  await others
  expect(outcomes[1]).toBe('0 No changes. The lab is as declared.\n')
  expect(outcomes[0]?.replace(/since .*/, 'since <then>')).toMatchInlineSnapshot(`
    "Error: The state is locked by "apply" (process <pid> on vm) since <then>
      at .lares/lock
      → Wait until it is done. If you know that it is gone: \`lares state unlock <id>\`
    "
  `)
  expect((await lab.run(`state unlock ${id}`)).err).toMatchInlineSnapshot(`
    "Error: The state is not locked [state_not_locked]
      at .lares/lock
    "
  `)
})

test('a key that is lost or wrong is told, and nothing is made in its place', async () => {
  const lab = await yamlLab("  todo: { type: files.note, on: shelf, name: todo, text: '${secret.env.TOKEN}' }\n")
  const env = { TOKEN: 'hunter2-from-env' }
  expect((await lab.run('apply --yes', { env })).code).toBe(0)
  await rm(lab.path('.lares/key'))
  const lost = await lab.run('plan', { env })
  expect(lost.code).toBe(1)
  expect(lost.err).toMatchInlineSnapshot(`
    "Error: The key of this lab is missing, and its state holds secrets that were made with it [key_missing]
      Looked in <lab>/.lares/key, LARES_KEY_FILE and LARES_KEY.
      → Bring the key back from a backup, or give it in LARES_KEY. Without it, "lares state forget" drops what cannot be read.
    "
  `)
  expect((await lab.run('plan', { env: { ...env, LARES_KEY: 'short' } })).err).toMatchInlineSnapshot(`
    "Error: What is in LARES_KEY is no key of a lab [key_broken]
      → A key is 32 random bytes as base64url, 43 characters.
    "
  `)
})
