import type { Observation } from './observe.ts'
import type { State } from './state.ts'
import { addressFinder, recordedAs, type Subject } from './subject.ts'

/**
 * Since when something is off on purpose, ISO 8601: it was stopped, or what it is on was. What runs all the same, because
 * somebody started it by hand or the stop was cut short, is not.
 */
export function createStopped(
  { stopped }: Pick<State, 'stopped'>,
  subjects: ReadonlyMap<string, Subject>,
  seenOf: (address: string) => Observation | undefined,
): (address: string) => string | undefined {
  if (Object.keys(stopped).length === 0) return () => undefined
  const nowOf = addressFinder(subjects)
  return function stoppedSince(address: string): string | undefined {
    const subject = subjects.get(address)
    if (!subject) return undefined
    const { type, resource, record } = subject
    const since = stopped[recordedAs(subject)]
    const attributes = seenOf(address)?.attributes
    const runs = attributes !== undefined && type?.lifecycle?.isRunning(attributes as never) === true
    if (since !== undefined && !runs) return since
    const on = resource ? resource.on : nowOf(record?.on)
    return on === undefined ? undefined : stoppedSince(on)
  }
}
