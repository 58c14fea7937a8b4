import * as z from 'zod'
import { type Diagnostic, didYouMean, problem } from './diagnostics.ts'
import { containsExpression, expressionOf } from './ref.ts'
import { formatPath, type JsonObject, type Path, valueAt } from './value.ts'

type Schema = z.core.$ZodType
type Def = { type: string; [key: string]: unknown }
type Check = z.core.$ZodCheck

const loosened = new WeakMap<Schema, Schema>()

/** The schema, except that an expression is accepted at every leaf, refinements that touch one wait, and unknown keys are errors. */
function loosen(schema: Schema): Schema {
  const known = loosened.get(schema)
  if (known) return known
  const def = schema._zod.def as unknown as Def
  const parts = loosenParts(def)
  const whole = z.clone(schema as never, { ...def, ...parts } as never) as Schema
  const unchecked = parts ? (z.clone(schema as never, { ...def, ...parts, checks: [] } as never) as Schema) : whole
  const run = whole._zod.run.bind(whole._zod)
  whole._zod.run = (payload, context) => {
    if (expressionOf(payload.value)) return payload
    if (unchecked === whole || !containsExpression(payload.value)) return run(payload, context)
    const parsed = unchecked._zod.run(payload, context)
    if (!(parsed instanceof Promise) && parsed.issues.length === 0) refine(parsed, (def['checks'] ?? []) as Check[])
    return parsed
  }
  loosened.set(schema, whole)
  return whole
}

/** Asks what can be told without what is not known yet. */
function refine(payload: z.core.ParsePayload, checks: readonly Check[]): void {
  for (const check of checks) {
    const asked = { ...payload, value: onlyKnown(payload.value), issues: [] as typeof payload.issues }
    try {
      check._zod.check(asked as never)
      payload.issues.push(...asked.issues)
    } catch {
      // It touches what is not known: it is asked again when it is.
    }
  }
}

/** The value, but reading an expression in it throws. */
const onlyKnown = <T>(value: T): T =>
  typeof value !== 'object' || value === null
    ? value
    : new Proxy(value, {
        get(target, key) {
          const item: unknown = Reflect.get(target, key)
          if (expressionOf(item)) throw untold
          return onlyKnown(item)
        },
      })

// One for all, because an error is costly to make.
const untold = new Error('not known yet')

function loosenParts(def: Def): Record<string, unknown> | undefined {
  const each = (schemas: unknown) => (schemas as Schema[]).map(loosen)
  switch (def.type) {
    case 'object': {
      const shape = Object.fromEntries(
        Object.entries(def['shape'] as object).map(([key, value]) => [key, loosen(value)]),
      )
      return { shape, catchall: def['catchall'] ? loosen(def['catchall'] as Schema) : z.never() }
    }
    case 'array':
      return { element: loosen(def['element'] as Schema) }
    case 'tuple':
      return { items: each(def['items']), rest: def['rest'] ? loosen(def['rest'] as Schema) : null }
    case 'record':
      return { valueType: loosen(def['valueType'] as Schema) }
    case 'union':
      return { options: each(def['options']) }
    case 'intersection':
      return { left: loosen(def['left'] as Schema), right: loosen(def['right'] as Schema) }
    case 'lazy':
      return { getter: () => loosen((def['getter'] as () => Schema)()) }
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return { innerType: loosen(def['innerType'] as Schema) }
    default:
      return undefined
  }
}

export type Checked = { value: Record<string, unknown>; diagnostics: Diagnostic[] }

/** Inputs with defaults filled in and expressions left in place, or every problem with them. */
export const checkInputs = (
  schema: z.ZodObject,
  inputs: Record<string, unknown>,
  address: string,
  code = 'invalid_input',
): Checked => check(loosen(schema), schema, inputs, address, code)

/** What a plugin or a record gave, against its schema. */
export const checkValue = (schema: z.ZodObject, value: unknown, address: string, code: string): Checked =>
  check(schema, schema, value, address, code)

function check(parser: Schema, schema: z.ZodObject, value: unknown, address: string, code: string): Checked {
  const result = z.safeParse(parser, value)
  if (result.success) return { value: result.data as Record<string, unknown>, diagnostics: [] }
  return {
    value: {},
    diagnostics: result.error.issues.flatMap((issue) => issueDiagnostics(issue, [], schema, address, code, value)),
  }
}

function issueDiagnostics(
  issue: z.core.$ZodIssue,
  prefix: Path,
  schema: Schema,
  address: string,
  code: string,
  root: unknown,
): Diagnostic[] {
  const path = [...prefix, ...(issue.path as (string | number)[])]
  if (issue.code === 'unrecognized_keys') {
    const names = keysAt(schema, path)
    return issue.keys.map((key) =>
      problem({
        code: code === 'invalid_input' ? 'unknown_input' : code,
        summary: `"${key}" is not known here`,
        address,
        path: formatPath([...path, key]),
        ...(didYouMean(key, names) ?? (names.length > 0 ? { advice: `Known are: ${names.join(', ')}.` } : {})),
      }),
    )
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const deepest = (issues: z.core.$ZodIssue[]): number => Math.max(0, ...issues.map((inner) => inner.path.length))
    const best = [...issue.errors].sort((a, b) => deepest(b) - deepest(a) || a.length - b.length)[0]!
    if (deepest(best) > 0) return best.flatMap((inner) => issueDiagnostics(inner, path, schema, address, code, root))
    const fitting = issue.errors.filter(
      (option) => !option.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
    )
    if (fitting.length === 1)
      return fitting[0]!.flatMap((inner) => issueDiagnostics(inner, path, schema, address, code, root))
    const wanted = [...new Set(issue.errors.flat().map((inner) => sentence(inner.message)))]
    return [problem({ code, summary: wanted.join('; or: '), address, path: formatPath(path) })]
  }
  const isMissing = issue.code === 'invalid_type' && path.length > 0 && valueAt(root, path) === undefined
  const summary = isMissing ? `It is missing: a value of type ${issue.expected} is needed` : sentence(issue.message)
  return [problem({ code, summary, address, path: formatPath(path) })]
}

const sentence = (message: string): string =>
  message.replace(/^Invalid input: /, '').replace(/^./, (letter) => letter.toUpperCase())

const inner = (schema: Schema): Schema => {
  const def = schema._zod.def as unknown as Def
  if (def['innerType']) return inner(def['innerType'] as Schema)
  return def.type === 'lazy' ? inner((def['getter'] as () => Schema)()) : schema
}

/** The schema of what lies at a path, or undefined when nothing can be there; null when anything can. */
export function schemaAt(schema: Schema, path: Path): Schema | null | undefined {
  const [step, ...rest] = path
  const current = inner(schema)
  if (step === undefined) return current
  const def = current._zod.def as unknown as Def
  switch (def.type) {
    case 'object': {
      const next = (def['shape'] as Record<string, Schema>)[step] ?? (def['catchall'] as Schema | undefined)
      return next && next._zod.def.type !== 'never' ? schemaAt(next, rest) : undefined
    }
    case 'array':
      return typeof step === 'number' ? schemaAt(def['element'] as Schema, rest) : undefined
    case 'record':
      return schemaAt(def['valueType'] as Schema, rest)
    case 'union': {
      const found = (def['options'] as Schema[]).map((option) => schemaAt(option, path))
      return found.find((one) => one !== undefined)
    }
    case 'any':
    case 'unknown':
    case 'tuple':
    case 'intersection':
      return null
    default:
      return undefined
  }
}

/** The keys of the objects that may stand at a path. */
export function keysAt(schema: Schema, path: Path): string[] {
  const found = schemaAt(schema, path)
  if (!found) return []
  const def = found._zod.def as unknown as Def
  if (def.type === 'object') return Object.keys(def['shape'] as object)
  return def.type === 'union' ? (def['options'] as Schema[]).flatMap((option) => keysAt(option, [])) : []
}

const secretPathsOf = new WeakMap<Schema, Path[]>()

/** Paths of what is marked `sensitive`; `*` stands for any key or index. */
export function secretPaths(schema: Schema): Path[] {
  const known = secretPathsOf.get(schema)
  if (known) return known
  const found: Path[] = []
  const visit = (current: Schema, path: Path, above: readonly Schema[]): void => {
    if (above.includes(current)) return
    if (z.globalRegistry.get(current as z.ZodType)?.['secret'] === true) {
      found.push(path)
      return
    }
    const def = current._zod.def as unknown as Def
    const deeper = [...above, current]
    if (def.type === 'lazy') visit((def['getter'] as () => Schema)(), path, deeper)
    if (def.type === 'object')
      for (const [key, value] of Object.entries(def['shape'] as object)) visit(value, [...path, key], deeper)
    for (const [key, step] of [
      ['innerType', []],
      ['element', ['*']],
      ['valueType', ['*']],
      ['left', []],
      ['right', []],
    ] as const) {
      if (def[key]) visit(def[key] as Schema, [...path, ...step], deeper)
    }
    if (def.type === 'union') for (const option of def['options'] as Schema[]) visit(option, path, deeper)
  }
  visit(schema, [], [])
  secretPathsOf.set(schema, found)
  return found
}

const TEMPLATE = { type: 'string', pattern: '\\$\\{.+\\}' }

/** JSON Schema of the inputs as YAML writes them: a `${…}` string may stand for any value. */
export function jsonSchema(schema: z.ZodObject): JsonObject {
  const document = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema: node }) => {
      const { type } = node
      if (type === undefined || type === 'string' || type === 'null') return
      const { description, ...rest } = node
      for (const key of Object.keys(node)) delete node[key as keyof typeof node]
      Object.assign(node, { anyOf: [rest, TEMPLATE] }, description === undefined ? {} : { description })
    },
  })
  const { $schema: _, ...root } = document
  const [object] = (root as { anyOf?: JsonObject[] }).anyOf ?? [root as JsonObject]
  return { ...object, additionalProperties: false } as JsonObject
}
