import { addressesNamed, unknownAddress } from './addresses.ts'
import { askObject, createOnce, type Once } from './asking.ts'
import type { Lab } from './config.ts'
import { type Diagnostic, fail, reworded } from './diagnostics.ts'
import type { InUse, Outdated } from './in-use.ts'
import type { Connected, Reach } from './inquiries.ts'
import type { Model } from './model.ts'
import { unanswered } from './reading.ts'

/** What resources use, and what newer there is of it; all resources whose types can tell, unless some or a composite are named. */
export type AskOutdated = (lab: Lab, names?: readonly string[]) => Promise<Outdated[]>

const TIMEOUT = 5 * 60_000

export function createOutdated(connected: Connected): AskOutdated {
  return (lab, names) =>
    connected(
      lab,
      (model) => (names ? tellingOf(model, names) : telling(model)),
      async (reach, asked) => {
        const once = createOnce(reach.abort)
        const answers = await Promise.all(asked.map((address) => outdatedOf(reach, address, once)))
        reach.abort.throwIfAborted()
        return answers
      },
    )
}

const telling = ({ resources }: Model): string[] =>
  [...resources.values()].filter(({ type }) => type.outdated).map(({ address }) => address)

/** Of what is named, what can tell: of a composite at least one part. */
function tellingOf(model: Model, names: readonly string[]): string[] {
  const known = [...model.resources.keys()]
  const all = telling(model)
  const found = names.flatMap((name) => {
    const named = addressesNamed(name, known)
    if (named.length === 0) return unknownAddress(name, known, 'the config')
    const those = all.filter((address) => named.includes(address))
    return those.length > 0 ? those : cannotTell(name, model.resources.get(name)?.type.type, all)
  })
  return [...new Set(found)]
}

function cannotTell(address: string, type: string | undefined, others: readonly string[]): never {
  const summary = type ? `${type} does not tell what is outdated` : 'None of its parts tells what is outdated'
  const advice = others.length > 0 ? `These do: ${others.join(', ')}.` : 'No resource of this lab does.'
  return fail({ code: 'cannot_tell', address, summary, advice })
}

async function outdatedOf(reach: Reach, address: string, once: Once): Promise<Outdated> {
  const { observer, redactor, text } = reach
  const { resource, record } = reach.subjects.get(address)!
  const { type, on } = resource!
  const base = { address, type: type.type, ...(on === undefined ? {} : { on }) }
  const told = (status: Outdated['status'], inUse: readonly InUse[], diagnostics: readonly Diagnostic[]): Outdated => ({
    ...base,
    status,
    inUse: redactor.tree(inUse),
    diagnostics: reworded(diagnostics, text),
  })
  const { status, attributes, identity, diagnostics } = await observer.observe(address)
  if (status === 'absent' || status === 'unknown') return told('absent', [], diagnostics)
  if (!attributes || identity === undefined) return told('failed', [], diagnostics)
  try {
    const asked = { resource: resource!, record, identity, attributes, once, timeout: TIMEOUT }
    const answers = await askObject(reach, asked, (context) => type.outdated!(context))
    const isFailure = (answer: InUse | Error) => answer instanceof Error
    const failures = answers.filter(isFailure) as Error[]
    const inUse = answers.filter((answer) => !isFailure(answer)) as InUse[]
    return told(
      'present',
      inUse,
      failures.flatMap((error) => refusal(error, address)),
    )
  } catch (error) {
    return told('failed', [], refusal(error, address))
  }
}

const refusal = (error: unknown, address: string): Diagnostic[] =>
  unanswered(error, { address, summary: 'Cannot tell what is outdated' })
