import { addressNamed, fail, MASK, type State } from '@lares/core'
import { defineCommand, exit, type Invocation } from '../command.ts'
import { engineFor } from '../engine.ts'
import { writeJson } from '../json.ts'
import { type OpenLab, openLab } from '../lab.ts'
import { configOptions, yesOption } from '../options.ts'
import { renderHistory, renderRecord, renderState } from '../render/state.ts'
import { masked } from '../render/values.ts'

export const state = defineCommand({
  summary: 'Look at the record of the lab, go back to an older one, unlock it',
  usage: 'list | show ADDRESS | history | restore SERIAL | forget ADDRESS... | unlock ID',
  options: { ...configOptions, ...yesOption },
  subcommands: {
    list: 'What is recorded, and what was kept because it holds data',
    show: 'Everything recorded of one resource; secrets are masked',
    history: 'The versions of the state that can be restored',
    restore: 'Make an older version the current one; reality is not touched',
    forget: 'Drop the record of resources; the objects stay as they are',
    unlock: 'Break the lock of a run that is known to be gone',
  },
  positionals: { min: 1, max: 1000 },
  examples: [
    { about: 'What the lab owns', command: 'lares state list' },
    { about: 'Give a container back to nobody', command: 'lares state forget old-web' },
    { about: 'Go back to before the last apply', command: 'lares state history && lares state restore 41' },
  ],
  async run(invocation) {
    const [action, ...words] = invocation.positionals
    const opened = await openLab(invocation)
    return await actions[action as keyof typeof actions](opened, words, invocation)
  },
})

type StateInvocation = Pick<Invocation, 'terminal' | 'json' | 'env'> & { values: { yes: boolean } }
type StateAction = (opened: OpenLab, words: string[], invocation: StateInvocation) => Promise<number>

const one = (words: string[], what: string): string =>
  words.length === 1 ? words[0]! : fail({ code: 'usage', summary: `It takes one ${what}` })

const list: StateAction = async ({ store }, _words, { terminal, json }) => {
  const recorded = await store.read()
  if (json) writeJson(terminal, entriesOf(recorded))
  else terminal.out(renderState(recorded, terminal.style))
  return exit.done
}

const entriesOf = ({ resources, kept }: State) => [
  ...Object.entries(resources).map(([address, { type, on, identity }]) => ({
    address,
    type,
    on,
    identity,
    kept: false,
  })),
  ...Object.entries(kept).map(([address, { type, on, identity }]) => ({ address, type, on, identity, kept: true })),
]

const show: StateAction = async ({ store }, words, { terminal, json }) => {
  const { resources, kept } = await store.read()
  const all = { ...kept, ...resources }
  const address = addressNamed(one(words, 'address'), Object.keys(all), 'the state')
  const record = all[address]!
  if (json) writeJson(terminal, masked({ address, ...record, ...(record.sealed ? { sealed: MASK } : {}) }))
  else terminal.out(renderRecord(address, record, terminal.style))
  return exit.done
}

const history: StateAction = async ({ store }, _words, { terminal, json }) => {
  const versions = await store.history()
  if (json) writeJson(terminal, versions)
  else terminal.out(renderHistory(versions))
  return exit.done
}

const restore: StateAction = async ({ store }, words, { terminal, json, values }) => {
  const word = one(words, 'serial; "lares state history" lists them')
  const serial = /^\d+$/.test(word) ? Number(word) : fail({ code: 'usage', summary: `"${word}" is no serial` })
  if (!values.yes) {
    if (!terminal.interactive) {
      fail({ code: 'consent_needed', summary: 'Nothing was done: there is nobody to ask', advice: 'Add --yes.' })
    }
    const question = `Forget what was recorded since version ${serial}? Type yes: `
    const answer = await terminal.ask(question, new AbortController().signal)
    if (answer?.trim().toLowerCase() !== 'yes') return exit.failed
  }
  const restored = await store.restore(serial)
  if (json) writeJson(terminal, { restored: serial, serial: restored.serial })
  else
    terminal.out(
      `Version ${serial} is current again, as ${restored.serial}. "lares plan" shows what differs from it.\n`,
    )
  return exit.done
}

const forget: StateAction = async (opened, words, { terminal, json, env }) => {
  if (words.length === 0) fail({ code: 'usage', summary: 'It takes addresses' })
  const engine = await engineFor(opened, { env })
  const forgotten = await engine.forget(words)
  if (json) writeJson(terminal, { forgotten })
  else terminal.out(`Forgotten: ${forgotten.join(', ')}. What they stand for is as it was.\n`)
  return exit.done
}

const unlock: StateAction = async ({ store }, words, { terminal, json }) => {
  const id = one(words, 'id of a lock; the message that the state is locked shows it')
  await store.unlock(id)
  if (json) writeJson(terminal, { unlocked: id })
  else terminal.out('Unlocked.\n')
  return exit.done
}

const actions = { list, show, history, restore, forget, unlock }
