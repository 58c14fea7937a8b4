import type { BmcError } from '../error.ts'
import { failure, refusalIn } from './refusal.ts'
import type { Output } from './session.ts'

/** What a parser made of an output, or what is wrong with it: ipmitool may say so and still end with 0. */
export function answerOf<T>(parsed: T | undefined, output: Output, description: string, what: string): T {
  if (parsed !== undefined) return parsed
  throw complaintIn(output, description, what) ?? failure('bad_answer', output.said.slice(0, 2_000), description, what)
}

/** The refusal that stands in the output of a command that ended with 0. */
export const complaintIn = ({ said }: Output, description: string, what: string): BmcError | undefined =>
  refusalIn(said, description, what)
