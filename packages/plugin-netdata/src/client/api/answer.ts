import * as z from 'zod'
import { NetdataError } from './error.ts'
import { ask, excerpt, type Question, type Reach } from './request.ts'

/** A measured number; null where there is none, also where an agent writes one that JavaScript does not have. */
export const reading = z.preprocess(
  (value) => (typeof value === 'number' && !Number.isFinite(value) ? null : value),
  z.number().nullable(),
)

/** Text that may be missing; empty text, too, says nothing. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value || null)

/** Seconds since 1970, 0 for never. */
export const moment = z
  .number()
  .min(0)
  .max(8.64e12)
  .nullish()
  .transform((seconds) => (seconds ? new Date(seconds * 1000) : null))

/** A number that some versions write as text. */
export const numeric = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => {
    const number = typeof value === 'string' ? (value.trim() === '' ? Number.NaN : Number(value)) : value
    return number !== null && number !== undefined && Number.isFinite(number) ? number : null
  })

/** @throws NetdataError `bad_answer` when the text is no JSON of this shape. */
export function parseAnswer<S extends z.ZodType>(
  schema: S,
  answer: string,
  { request, from }: { request: string; from: string },
): z.output<S> {
  let value: unknown
  try {
    value = JSON.parse(answer)
  } catch (error) {
    throw new NetdataError('bad_answer', `${request}: what ${from} answers is no JSON`, {
      detail: excerpt(answer),
      cause: error,
    })
  }
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  throw new NetdataError('bad_answer', `${request}: what ${from} answers is nothing that a Netdata agent says`, {
    detail: z.prettifyError(checked.error).slice(0, 1000),
  })
}

/** The answer to a question, as this schema gives it. */
export async function askJson<S extends z.ZodType>(reach: Reach, schema: S, question: Question): Promise<z.output<S>> {
  const { text } = await ask(reach, question)
  return parseAnswer(schema, text, { request: question.request, from: reach.description })
}
