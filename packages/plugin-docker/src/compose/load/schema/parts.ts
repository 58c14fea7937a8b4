import * as z from 'zod'

/** Names that a user gives: of services, networks, volumes. */
const NAME = /^[a-zA-Z0-9._-]+$/
/** Keys of the user's own, which Compose leaves alone. */
const EXTENSION = /^x-/

/** A mapping with known attributes and `x-` extensions. What else it has is looked for also when an attribute is wrong. */
export const attributes = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const known = Object.keys(shape)
  const params = { known }
  return z.looseObject(shape).refine((value) => unknownKeys(value, known).length === 0, { params, when: () => true })
}

/** The keys of a mapping that are neither attributes nor extensions. */
export const unknownKeys = (value: unknown, known: readonly string[]): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.keys(value).filter((key) => !known.includes(key) && !EXTENSION.test(key))
    : []

/** A mapping whose keys are names that the user chose. */
export const named = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string().regex(NAME, 'A name consists of letters, digits, ".", "_" and "-"'), value)

export const text = z.string()
export const texts = z.array(z.string())
export const textOrTexts = z.union([text, texts])
/** A quoted value, or one with variables, is a string in YAML whatever it means. */
export const flag = z.union([z.boolean(), text])
export const whole = z.union([z.int(), text])
export const amount = z.union([z.number(), text])

const single = z.union([text, z.number(), z.boolean(), z.null()])
/** `NAME=value` lines, or a mapping. */
export const keyValues = z.union([z.record(z.string().min(1), single), texts])
export const options = z.record(z.string().min(1), z.union([text, z.number()]))
export const command = z.union([z.null(), text, texts])
export const extraHosts = z.union([z.record(z.string().min(1), z.union([text, texts])), texts])
export const ulimits = z.record(
  z.string().min(1),
  z.union([whole, attributes({ soft: whole.optional(), hard: whole.optional() })]),
)

/** A config or a secret, as a service mounts it. */
export const fileMounts = z.array(
  z.union([
    text,
    attributes({
      source: text.optional(),
      target: text.optional(),
      uid: text.optional(),
      gid: text.optional(),
      mode: amount.optional(),
    }),
  ]),
)

export const hook = attributes({
  command: command.optional(),
  user: text.optional(),
  privileged: flag.optional(),
  working_dir: text.optional(),
  environment: keyValues.optional(),
})

const deviceShape = {
  count: whole.optional(),
  device_ids: texts.optional(),
  driver: text.optional(),
  options: keyValues.optional(),
}
export const deviceReservation = attributes({ capabilities: texts, ...deviceShape })
export const gpu = attributes({ capabilities: texts.optional(), ...deviceShape })
