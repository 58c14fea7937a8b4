import { readFileSync } from 'node:fs'
import { Ajv2019, type ErrorObject, type ValidateFunction } from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import type { Json } from './envelope.ts'
import { converted, definitions, type Side } from './json-schema.ts'
import { newer, undescribed } from './newer.ts'
import type { Call } from './record.ts'

/** Something that the description doesn't allow. Names fields, never their values. */
export interface Violation {
  call: Call
  side: 'query' | Side
  /** Where, as a JSON pointer. */
  at: string
  problem: string
}

/** Compares what goes in and out with an OpenAPI description. */
export interface Inspector {
  violations: Violation[]
  checked: { requests: number; answers: number }
  exchanged(call: Call, sent: { body: unknown }, answer: { status: number; body: Json }): void
}

interface Operation {
  parameters?: { in: string; name: string; schema: Json }[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Json }> }
  responses: Record<string, { content?: Record<string, { schema: Json }> }>
}

interface Description {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Json }
}

/** Checks nothing unless it is given the file of a description. `amended` is what is newer than it. */
export function createInspector(file: string | undefined, amended = newer): Inspector {
  const inspector: Inspector = { violations: [], checked: { requests: 0, answers: 0 }, exchanged: () => {} }
  if (file === undefined || file === '') return inspector
  const { description, validators } = prepared(file, amended)
  const { violations, checked } = inspector
  inspector.exchanged = (call, { body }, answer) => {
    const complain = (side: Violation['side'], errors: readonly Problem[]) => {
      for (const { instancePath, message = '', params = {} } of telling(errors)) {
        const field = String(params.unevaluatedProperty ?? params.additionalProperty ?? '')
        violations.push({ call, side, at: `${instancePath}${field && `/${field}`}`, problem: message })
      }
    }
    const described = operationOf(description, call)
    const taken = answer.status < 300
    if (described === null) {
      if (taken && !undescribed.some((path) => path.test(call.path))) complain('request', [strange('is not described')])
      return
    }
    checked.answers += 1
    const { operation, template } = described
    const key = `${call.method.toLowerCase()} ${template}`
    if (taken) {
      checked.requests += 1
      complain('query', queryErrors(operation, call, validators.request))
      const schema = operation.requestBody?.content['application/json']?.schema
      if (schema === undefined && body !== undefined) complain('request', [strange('has a body')])
      if (schema !== undefined && (body !== undefined || operation.requestBody?.required === true)) {
        complain('request', validators.request(`${key} body`, schema)(body ?? null))
      }
    }
    const response = operation.responses[answer.status] ?? (taken ? undefined : failure(operation))
    const schema = response?.content?.['application/json']?.schema
    if (schema === undefined) complain('answer', [strange(`status ${answer.status} is not described`)])
    else
      complain(
        'answer',
        validators.answer(`${key} ${answer.status}`, taken ? schema : failureOnly(schema))(answer.body),
      )
  }
  return inspector
}

type Problem = Pick<ErrorObject, 'instancePath' | 'message'> & Partial<Pick<ErrorObject, 'keyword' | 'params'>>

/** A description is large: it is read and compiled once. */
function prepared(file: string, amended: typeof newer) {
  const known = descriptions.get(file)
  if (known !== undefined) return known
  const description = amended(JSON.parse(readFileSync(file, 'utf8'))) as unknown as Description
  const validators = { request: compiler(description, 'request'), answer: compiler(description, 'answer') }
  descriptions.set(file, { description, validators })
  return { description, validators }
}

const descriptions = new Map<string, { description: Description; validators: Record<Side, Compiler> }>()

const strange = (message: string): Problem => ({ instancePath: '', message })

/** Of the problems of all alternatives, those that say more than that the value is of another one. */
function telling(problems: readonly Problem[]): readonly Problem[] {
  const possible = problems.filter(({ params }) => params?.type !== 'null')
  const within = (keywords: string[]) => possible.filter(({ keyword = '' }) => !keywords.includes(keyword))
  const composed = ['oneOf', 'anyOf', 'if']
  const own = within([...composed, 'enum', 'const', 'required', 'format'])
  const all = within(composed)
  return own.length > 0 ? own : all.length > 0 ? all : problems
}

/** The operation whose path template fits, with the fewest parameters. */
function operationOf({ paths }: Description, { method, path }: Call) {
  const fits = (template: string) =>
    new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path) && paths[template]?.[method.toLowerCase()]
  const [template] = Object.keys(paths)
    .filter(fits)
    .sort((a, b) => a.split('{').length - b.split('{').length)
  const operation = template === undefined ? undefined : paths[template]?.[method.toLowerCase()]
  return template === undefined || operation === undefined ? null : { template, operation }
}

const failure = ({ responses }: Operation) => responses['4XX'] ?? responses['4xx']

/**
 * The failing half of a described refusal. The description composes refusals of the successful answer and the failing one,
 * `success` being true in the one and false in the other, which nothing can fulfil.
 */
function failureOnly(schema: Json): Json {
  const parts = Array.isArray(schema.allOf) ? (schema.allOf as Json[]) : [schema]
  return parts.find((part) => String(part.$ref).includes('failure')) ?? schema
}

/** What is wrong with the query: parameters that are not described, and values that don't fit. */
function queryErrors(operation: Operation, { query }: Call, validate: Compiler): Problem[] {
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
  return Object.entries(query).flatMap(([name, value]): Problem[] => {
    const parameter = known.find((each) => each.name === name)
    if (parameter === undefined) return [{ ...strange('is not described'), instancePath: `/${name}` }]
    const check = validate(`query ${JSON.stringify(parameter.schema)}`, parameter.schema)
    const errors = check(value).length === 0 ? [] : check(parsedValue(value))
    return errors.map((error) => ({ ...error, instancePath: `/${name}${error.instancePath}` }))
  })
}

/** A value of a query as the type that it looks like. */
function parsedValue(value: string): unknown {
  if (/^\d+$/.test(value) && value.length < 10) return Number(value)
  return value === 'true' ? true : value === 'false' ? false : value
}

type Compiler = (key: string, schema: Json) => (value: unknown) => ErrorObject[]

/** Compiles each schema once. */
function compiler({ components }: Description, side: Side): Compiler {
  const ajv = new Ajv2019({ strict: false, logger: false, allErrors: false })
  formats.default(ajv)
  ajv.addSchema(definitions(components.schemas, side))
  const compiled = new Map<string, ValidateFunction>()
  return (key, schema) => {
    const validate = compiled.get(key) ?? ajv.compile(converted(schema, components.schemas, side) as Json)
    compiled.set(key, validate)
    return (value) => (validate(value) ? [] : (validate.errors ?? []))
  }
}
