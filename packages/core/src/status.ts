import { addressesNamed, unknownAddress } from './addresses.ts'
import { askObject, createOnce, type Once } from './asking.ts'
import type { Lab } from './config.ts'
import { holderOf, isTakenAsFound } from './decide.ts'
import { type Diagnostic, reworded } from './diagnostics.ts'
import type { Alert, LabStatus, ResourceStatus } from './health.ts'
import type { Connected, Reach } from './inquiries.ts'
import type { Model } from './model.ts'
import type { Observation } from './observe.ts'
import { unanswered } from './reading.ts'
import { secretPaths } from './schema.ts'
import { expandPaths } from './secret.ts'
import type { State } from './state.ts'
import { createStopped } from './stopped.ts'
import { addressFinder, type Subject } from './subject.ts'
import { canonical, valueAt } from './value.ts'

/** What is there and how it is doing; all that is declared, recorded or kept, unless some or a composite are named. Changes nothing. */
export type AskStatus = (lab: Lab, names?: readonly string[]) => Promise<LabStatus>

/** How long a resource may take to say how it is doing. */
const TIMEOUT = 30_000

export const createStatus =
  (connected: Connected): AskStatus =>
  (lab, names) =>
    connected(
      lab,
      (model, state) => chosen(knownTo(model, state), names),
      async (reach, addresses) => {
        const once = createOnce(reach.abort)
        const asked = new Set(addresses)
        const subjects = [...reach.subjects.values()].filter(
          ({ address, from }) => asked.has(address) || (from !== undefined && asked.has(from)),
        )
        const seen = new Map<string, Observation>()
        const look = async ({ address }: Subject) => void seen.set(address, await reach.observer.observe(address))
        await Promise.all(subjects.map(look))
        const stoppedSince = createStopped(reach.state, reach.subjects, (address) => seen.get(address))
        const answers = await Promise.all(subjects.map((subject) => statusOf(reach, subject, once, stoppedSince)))
        reach.abort.throwIfAborted()
        return {
          lab: reach.model.lab,
          resources: answers.map(({ status }) => status),
          diagnostics: reworded(gathered(answers), reach.text),
        }
      },
    )

const knownTo = ({ resources }: Model, state: State): string[] => [
  ...new Set([...resources.keys(), ...Object.keys(state.resources), ...Object.keys(state.kept)]),
]

function chosen(known: readonly string[], names: readonly string[] | undefined): readonly string[] {
  if (!names) return known
  return names.flatMap((name) => {
    const named = addressesNamed(name, known)
    return named.length > 0 ? named : unknownAddress(name, known, 'the config or the state')
  })
}

interface Answer {
  status: ResourceStatus
  diagnostics: readonly Diagnostic[]
}

async function statusOf(
  reach: Reach,
  subject: Subject,
  once: Once,
  stoppedSince: (address: string) => string | undefined,
): Promise<Answer> {
  const { address, type, resource, record, kept } = subject
  const wanted = await reach.observer.observe(address)
  const seen = wanted.attributes ? wanted : (wanted.former ?? wanted)
  const on = resource && seen === wanted ? resource.on : addressFinder(reach.subjects)(record?.on)
  const base: ResourceStatus = {
    address,
    type: resource?.type.type ?? record!.type,
    ...(on === undefined ? {} : { on }),
    declared: resource !== undefined,
    ...(kept && !resource ? { kept } : {}),
    status: presenceOf(subject, seen),
  }
  const since = stoppedSince(address)
  if (since !== undefined) return { status: { ...base, stopped: since }, diagnostics: [] }
  const { attributes, identity, diagnostics } = seen
  if (!attributes || identity === undefined || !type || base.status === 'foreign') return { status: base, diagnostics }
  for (const path of expandPaths(attributes, secretPaths(type.attributes)))
    reach.redactor.add(valueAt(attributes, path))
  if (!resource || seen !== wanted || !type.health) return { status: base, diagnostics }
  try {
    const asked = { resource, record, identity, attributes, once, timeout: resource.timeouts.read ?? TIMEOUT }
    const { alerts = [], ...health } = await askObject(reach, asked, (context) => type.health!(context))
    return {
      status: { ...base, health: reach.redactor.tree({ ...health, alerts: alerts.toSorted(worstFirst) }) },
      diagnostics,
    }
  } catch (error) {
    const health = { state: 'unknown' as const, summary: 'could not be asked', alerts: [] }
    return {
      status: { ...base, health },
      diagnostics: unanswered(error, { address, summary: 'Cannot tell how it is doing' }),
    }
  }
}

const worstFirst = (one: Alert, other: Alert): number =>
  Number(other.severity === 'critical') - Number(one.severity === 'critical')

function presenceOf(subject: Subject, { status, attributes }: Observation): ResourceStatus['status'] {
  const { type, record } = subject
  if (status === 'absent') return record && record.pending !== 'create' ? 'missing' : 'absent'
  if (!attributes || !type) return status
  const holder = holderOf(subject, attributes)
  return holder === 'ours' || (holder === 'nobody' && isTakenAsFound(type)) ? 'present' : 'foreign'
}

/** Each reason once: what many resources of one machine say in the same words is said of the machine. */
function gathered(answers: readonly Answer[]): Diagnostic[] {
  const all = answers.flatMap(({ status: { on }, diagnostics }) =>
    diagnostics.map((diagnostic) => ({ on, diagnostic })),
  )
  const groups = Map.groupBy(all, ({ on, diagnostic: { address: _, ...words } }) => canonical([on ?? '', words]))
  const told = [...groups.values()].map((group): Diagnostic => {
    const [{ on, diagnostic }] = group as [(typeof group)[number]]
    if (group.every((one) => one.diagnostic.address === diagnostic.address)) return diagnostic
    const { address: _, ...words } = diagnostic
    return { ...words, ...(on === undefined ? {} : { address: on }) }
  })
  return [...new Map(told.map((diagnostic) => [canonical(diagnostic), diagnostic])).values()]
}
