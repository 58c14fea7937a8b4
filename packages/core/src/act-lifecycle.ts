import type { Call } from './call.ts'
import { holderOf } from './decide.ts'
import { fail } from './diagnostics.ts'
import type { ExecuteInput } from './execute.ts'
import { isMeantToRun } from './lifecycle.ts'
import type { Performer } from './perform.ts'
import type { Action } from './plan.ts'
import { validInputs } from './reading.ts'
import type { Work } from './reconcile.ts'
import { recordedAs, type Subject } from './subject.ts'

type Attributes = Record<string, unknown>

interface Tools extends Pick<Performer, 'perform'> {
  callOf(item: Work, on: string | undefined): Promise<Call>
  read(call: Call, item: Work): Promise<Attributes | null>
  learn(item: Work, attributes: Attributes): void
}

/** Stops and starts what is there. The intention is recorded before the deed, so that a run that is killed in between is one that goes on. */
export function createLifecycle(env: ExecuteInput, { perform, callOf, read, learn }: Tools) {
  const { session, plan } = env
  /** Records that it is meant to be off, or no longer, and looks at what was off when the plan was made. */
  async function note(item: Work): Promise<void> {
    const { subject, type, node, observation } = item
    if (type?.lifecycle && (plan.mode === 'start' || isWanted(item, observation.attributes))) await intend(subject)
    if (plan.mode === 'start' && !observation.attributes) await look(await callOf(item, node.on), item)
  }

  /** Resolves with what it turned out to be. */
  async function carryOut(item: Work, verb: 'stop' | 'start'): Promise<Action> {
    const { subject, node, observation, record, type } = item
    const wasStopped = isOff(subject)
    await intend(subject)
    const call = await callOf(item, node.on)
    const observed = observation.attributes ?? (await look(call, item))
    if (type!.lifecycle!.isRunning(observed as never) === (verb === 'start')) return 'none'
    if (verb === 'start' && !wasStopped && !isWanted(item, observed)) return 'none'
    await perform(call, verb, { ...call.base, identity: record!.identity, inputs: inputsOf(item), observed })
    if (verb === 'start') await look(call, item)
    return verb
  }

  const inputsOf = ({ type, record }: Work) => validInputs(type!, record!, env.secretOf)
  const isWanted = (item: Work, observed: Attributes | undefined) =>
    isMeantToRun(item.subject, inputsOf(item), observed)

  const isOff = (subject: Subject) => session.state.stopped[recordedAs(subject)] !== undefined

  async function intend(subject: Subject): Promise<void> {
    if (isOff(subject) === (plan.mode === 'stop')) return
    const since = plan.mode === 'stop' ? new Date().toISOString() : null
    await session.append({ op: 'stopped', address: recordedAs(subject), since })
  }

  async function look(call: Call, item: Work): Promise<Attributes> {
    const { address } = item.node
    const found = await read(call, item)
    if (!found)
      return fail({ code: 'absent', address, summary: 'It is not there', advice: 'Bring it about: lares apply' })
    if (holderOf(item.subject, found) !== 'ours')
      return fail({ code: 'already_exists', address, summary: 'What is there was not made by this lab' })
    learn(item, found)
    return found
  }

  return { carryOut, note }
}
