import {
  type Diagnostic,
  type DiagnosticInput,
  isLaresError,
  isRetryable,
  LaresError,
  type Owner,
  problem,
  reworded,
  toDiagnostics,
} from '@lares/core'

/** Collects what fails, so that the rest can go on. */
export interface Troubles {
  /** True when it went well. */
  watch(what: string, run: () => Promise<unknown>): Promise<boolean>
  /** Says that something was not tried because of something else. */
  skip(what: string, because: string): false
  readonly any: boolean
  /**
   * @throws LaresError with all of it, and what else stands in the way. It may be tried again when everything that failed may;
   * what caused it is its cause, or the errors of its cause.
   */
  throw(more?: readonly DiagnosticInput[]): never
}

/** `names` are those of what messages may call by its id, by the first twelve digits of it. */
export function createTroubles(
  { address }: Owner,
  signal: AbortSignal,
  names: ReadonlyMap<string, string> = new Map(),
): Troubles {
  const diagnostics: Diagnostic[] = []
  const causes: unknown[] = []
  const byName = (words: string) => words.replace(/\b[0-9a-f]{12}\b/g, (id) => names.get(id) ?? id)
  return {
    async watch(what, run) {
      try {
        signal.throwIfAborted()
        await run()
        return true
      } catch (error) {
        const told = toDiagnostics(error, { address, summary: `${what}: it did not work` })
        const named = (summary: string) => (isLaresError(error) ? `${what}: ${summary}` : summary)
        diagnostics.push(...reworded(told, byName).map((one) => ({ ...one, address, summary: named(one.summary) })))
        causes.push(error)
        return false
      }
    },
    skip(what, because) {
      const summary = `${what}: left alone, because it needs ${because}`
      diagnostics.push(problem({ code: 'dependency_failed', address, summary }))
      return false
    },
    get any() {
      return diagnostics.length > 0
    },
    throw(more = []) {
      signal.throwIfAborted()
      const all = [...diagnostics, ...more.map((one) => problem({ address, ...one }))]
      const retryable = more.length === 0 && causes.length > 0 && causes.every(isRetryable)
      const cause = causes.length > 1 ? new AggregateError(causes) : causes[0]
      throw new LaresError(all, { retryable, ...(cause === undefined ? {} : { cause }) })
    },
  }
}
