export interface SyntaxProblem {
  /** What is wrong, without where. */
  readonly reason: string
  /** `agent_too_old` and `agent_too_new` are about what another version of the agent takes. */
  readonly code: 'invalid_input' | 'agent_too_old' | 'agent_too_new'
  readonly advice?: string | undefined
}

/** What an agent would not take in a value of health.d, and where it begins, from 0. */
export class HealthSyntaxError extends Error {
  override readonly name = 'HealthSyntaxError'
  readonly at: number
  readonly problem: SyntaxProblem

  constructor(at: number, { code = 'invalid_input', ...problem }: Partial<SyntaxProblem> & { reason: string }) {
    super(`${problem.reason}, at column ${at + 1}`)
    this.at = at
    this.problem = { code, ...problem }
  }
}

export function expected(text: string, at: number, what: string): never {
  const rest = text.slice(at)
  const found = rest === '' ? 'the end' : `"${rest.length > 20 ? `${rest.slice(0, 20)}…` : rest}"`
  throw new HealthSyntaxError(at, { reason: `expected ${what}, not ${found}` })
}

export interface Word {
  readonly text: string
  readonly at: number
}

export const wordsOf = (text: string): Word[] =>
  [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: match.index }))
