/** Where in a config file something stands; lines and columns count from 1. */
export interface SourceLocation {
  file: string
  line?: number
  column?: number
  /** What stands there may be a secret: where it is may be told, and not what it says. */
  confidential?: true
}

/** A user-facing error or warning. `code` is stable and documented; `summary` is one line. */
export interface Diagnostic {
  severity: 'error' | 'warning'
  code: string
  summary: string
  /** The resource that it is about. */
  address?: string
  /** The input or attribute that it is about, as `formatPath` writes it. */
  path?: string
  /** What the tool or the validator said. */
  detail?: string
  /** What to do next. */
  advice?: string
  source?: SourceLocation
}

export type DiagnosticInput = Omit<Diagnostic, 'severity'>

export const problem = (diagnostic: DiagnosticInput): Diagnostic => ({ severity: 'error', ...diagnostic })
export const warning = (diagnostic: DiagnosticInput): Diagnostic => ({ severity: 'warning', ...diagnostic })

export const hasErrors = (diagnostics: Iterable<Diagnostic>): boolean => {
  for (const diagnostic of diagnostics) if (diagnostic.severity === 'error') return true
  return false
}

/** An error that is a list of diagnostics. Anything else that is thrown is either a tool's failure or a bug. */
export class LaresError extends Error {
  override readonly name = 'LaresError'
  readonly diagnostics: readonly Diagnostic[]
  /** True when what failed may be tried again as it is. */
  readonly retryable: boolean

  constructor(
    diagnostics: readonly Diagnostic[],
    { retryable = false, ...options }: { cause?: unknown; retryable?: boolean } = {},
  ) {
    super(diagnostics.map((d) => (d.address ? `${d.address}: ${d.summary}` : d.summary)).join('\n'), options)
    this.diagnostics = diagnostics
    this.retryable = retryable
  }

  get code(): string {
    return this.diagnostics[0]?.code ?? 'unknown'
  }
}

export function fail(diagnostic: DiagnosticInput, cause?: unknown): never {
  throw new LaresError([problem(diagnostic)], cause === undefined ? undefined : { cause })
}

/** True for an error that another copy of core may have thrown. */
export const isLaresError = (error: unknown): error is LaresError =>
  error instanceof Error && error.name === 'LaresError' && Array.isArray((error as Partial<LaresError>).diagnostics)

/** The stable code of an error of a client or of Node, e.g. `unreachable`, `ENOENT`. */
export const errorCode = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** An error that only a mistake in code throws. What fetch rejects with is a TypeError with a cause. */
const isBug = (error: unknown): error is Error =>
  (error instanceof TypeError || error instanceof ReferenceError) &&
  errorCode(error) === undefined &&
  error.cause === undefined

/** Any thrown value as diagnostics about one resource. Codes of clients' errors are kept. */
export function toDiagnostics(error: unknown, about: { address?: string; summary: string }): Diagnostic[] {
  const address = about.address === undefined ? {} : { address: about.address }
  if (isLaresError(error)) return error.diagnostics.map((d) => ({ ...address, ...d }))
  const { message, detail, advice } = (error ?? {}) as { message?: string; detail?: unknown; advice?: unknown }
  if (isBug(error)) {
    const report = 'This is a bug in Lares or in the plugin: please report it with what stands here.'
    return [
      problem({
        code: 'bug',
        summary: `${about.summary}: ${message}`,
        ...address,
        detail: error.stack ?? '',
        advice: report,
      }),
    ]
  }
  return [
    problem({
      code: errorCode(error) ?? 'failed',
      summary: `${about.summary}: ${message ?? String(error)}`,
      ...address,
      ...(typeof detail === 'string' && detail !== '' ? { detail } : {}),
      ...(typeof advice === 'string' ? { advice } : {}),
    }),
  ]
}

/** Diagnostics whose words pass through `text`; their codes and addresses are no words. */
export const reworded = (diagnostics: readonly Diagnostic[], text: (words: string) => string): Diagnostic[] =>
  diagnostics.map(({ summary, detail, advice, ...rest }) => ({
    ...rest,
    summary: text(summary),
    ...(detail === undefined ? {} : { detail: text(detail) }),
    ...(advice === undefined ? {} : { advice: text(advice) }),
  }))

/** The candidate that the user most likely meant, or undefined when none is near. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.ceil(word.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

export const didYouMean = (word: string, candidates: Iterable<string>): { advice: string } | undefined => {
  const found = suggest(word, candidates)
  return found === undefined ? undefined : { advice: `Did you mean "${found}"?` }
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost)
    }
    previous = row
  }
  return previous[b.length]!
}
