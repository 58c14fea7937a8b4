import { type DiagnosticInput, LaresError, type Owner, problem } from '@lares/core'
import type { Parts } from '../../compose/translate/parts.ts'
import type { Found } from './found.ts'

const namesIn = ({ networks, volumes }: Parts, found: Found) => [
  ...networks.map((one) => ({ ...one, kind: 'network', taken: found.others.networks, own: found.networks })),
  ...volumes.map((one) => ({ ...one, kind: 'volume', taken: found.others.volumes, own: found.volumes })),
]

/**
 * What others have is never touched.
 * @throws LaresError with every name that is taken
 */
export function checkNames(parts: Parts, found: Found, { address }: Owner): void {
  const named = [
    ...namesIn(parts, found).filter(({ external, taken, name }) => !external && taken.has(name)),
    ...parts.services
      .flatMap(({ containers }) => containers)
      .filter(({ name }) => found.others.containers.has(name))
      .map(({ name }) => ({ kind: 'container', name })),
  ]
  const taken = named.map(({ kind, name }) => {
    const summary = `There is a ${kind} "${name}" that does not belong to the project ${parts.project}`
    const meant = kind === 'container' ? '' : ', say "external: true" if it is meant'
    return problem({
      ...{ code: 'already_exists', address, summary },
      advice: `Give this one another name${meant}, or remove it by hand.`,
    })
  })
  if (taken.length > 0) throw new LaresError(taken)
}

/** What others are to make and is not there yet. */
export const missingOf = (parts: Parts, found: Found): DiagnosticInput[] =>
  namesIn(parts, found)
    .filter(({ external, name, taken, own }) => external && !taken.has(name) && !own.has(name))
    .map(({ kind, name }) => ({ code: 'not_there_yet', summary: `The external ${kind} "${name}" is not there yet` }))

/**
 * An engine makes a volume that is not there, and an empty one is not what was meant.
 * @throws LaresError with everything that is missing
 */
export function checkExternal(parts: Parts, found: Found, { address }: Owner): void {
  const missing = missingOf(parts, found)
  const advice = 'Make it first, or put its name right.'
  if (missing.length > 0) throw new LaresError(missing.map((one) => problem({ ...one, address, advice })))
}
