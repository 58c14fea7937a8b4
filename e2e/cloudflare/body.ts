import type { z } from 'zod'
import type { Refusal } from './envelope.ts'

/**
 * The fields of a request's body that the stand-in knows; what it doesn't know is dropped, as the API does.
 * Throws what `refuse` makes of the first thing wrong, which is named by its path.
 */
export function parsed<Shape extends z.ZodType>(
  shape: Shape,
  body: unknown,
  refuse: (what: string) => Refusal,
): z.output<Shape> {
  const result = shape.safeParse(body ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw refuse([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
}

/** What is false, empty or null is as if it had not been said: github.com/cloudflare/terraform-provider-cloudflare#5495. */
export const withoutEmpty = (options: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value))),
  )
