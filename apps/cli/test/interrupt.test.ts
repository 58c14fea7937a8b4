import { expect, test } from 'vitest'
import { yamlLab } from './lab.ts'

const slow = `  first: { type: files.note, on: shelf, name: first, text: a, slow: 3000 }
  second: { type: files.note, on: shelf, name: second, text: '\${first.text}' }
`

test('the first Ctrl-C lets what runs end and starts nothing new', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(slow)
  let sent = false
  const { code, err } = await lab.run('apply --yes', {
    onErr(text, child) {
      if (sent || !text.includes('writing slowly')) return
      sent = true
      child.kill('SIGINT')
    },
  })
  expect(code).toBe(1)
  expect(err).toMatchInlineSnapshot(`
    "       shelf creating
        +  shelf created <time>
           first creating
           first: writing slowly
    Stopping: no new actions are started; Ctrl-C again aborts those in flight.
        +  first created <time>
        .  second skipped: cancelled

    Warning: The run was cancelled; what was under way has been finished [cancelled]

    → What was done is recorded. "lares apply" goes on from there.
    "
  `)
  const next = await lab.run('apply --yes')
  expect(next.code).toBe(0)
  expect(next.out).toContain('Plan: 1 to create.')
})

test('the second aborts what runs, and the next apply converges', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(slow.replace('3000', '60000'))
  let sent = 0
  const { code, err } = await lab.run('apply --yes', {
    onErr(text, child) {
      if (sent === 0 && text.includes('writing slowly')) sent = child.kill('SIGINT') ? 1 : 0
      else if (sent === 1 && text.includes('Stopping:')) sent = child.kill('SIGINT') ? 2 : 1
    },
  })
  expect(code).toBe(1)
  expect(err).toMatchInlineSnapshot(`
    "       shelf creating
        +  shelf created <time>
           first creating
           first: writing slowly
    Stopping: no new actions are started; Ctrl-C again aborts those in flight.
    Aborting what is in flight; Ctrl-C again ends lares at once.
        !  first failed <time>: Cannot create it: aborted
        .  second skipped: "first" was not done

    Error: Cannot create it: aborted [aborted]
      at first

    → What was done is recorded. Mend what failed, and "lares apply" goes on from there.
    "
  `)
  await lab.write({ 'lares.yaml': (await lab.read('lares.yaml')).replace(', slow: 60000', '') })
  expect((await lab.run('apply --yes')).code).toBe(0)
  expect((await lab.run('plan')).out).toBe('No changes. The lab is as declared.\n')
})
