import type { Json } from './envelope.ts'

/** Whether a request or an answer is to fit; a description marks fields that stand in one of them only. */
export type Side = 'request' | 'answer'

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The name of the component that a `$ref` points at. */
const nameOf = (ref: unknown) => String(ref).split('/').pop() ?? ''

/**
 * The components of an OpenAPI 3.0 description as a document of JSON Schema 2019-09 that is called `components`: `nullable` becomes a type, fields that the
 * side doesn't have go, and an object takes no field that the description doesn't name, however it is composed.
 */
export function definitions(components: Json, side: Side): Json {
  const $defs = Object.entries(components).map(([name, schema]) => [name, converted(schema, components, side, false)])
  return { $id: 'components', $defs: Object.fromEntries($defs) }
}

/** One schema of a description in the same way; `closed` forbids fields that it doesn't name. */
export function converted(schema: unknown, components: Json, side: Side, closed = true): unknown {
  if (!isJson(schema)) return schema
  const within = (each: unknown) => converted(each, components, side, true)
  const part = (each: unknown) => converted(each, components, side, false)
  const result: Json = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') result.$ref = `components#/$defs/${nameOf(value)}`
    else if (key === 'properties' && isJson(value)) result.properties = propertiesOf(value, components, side, within)
    else if (key === 'items' || key === 'additionalProperties') result[key] = within(value)
    else if (Array.isArray(value) && (key === 'allOf' || key === 'anyOf' || key === 'oneOf'))
      result[key] = value.map(part)
    else if (!annotations.includes(key)) result[key] = value
  }
  if (Array.isArray(result.required)) {
    result.required = result.required.filter(
      (key) => !absent(isJson(schema.properties) ? schema.properties[key] : null, components, side),
    )
  }
  if (closed && namesFields(schema, components)) result.unevaluatedProperties = false
  if (schema.nullable !== true) return result
  return { anyOf: [{ type: 'null' }, result] }
}

const annotations = [
  'nullable',
  'example',
  'title',
  'description',
  'default',
  'deprecated',
  'discriminator',
  'readOnly',
  'writeOnly',
]

/** A field that the side doesn't have may not be there: a read-only one in a request, a write-only one in an answer. */
function propertiesOf(properties: Json, components: Json, side: Side, within: (schema: unknown) => unknown): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      absent(schema, components, side) ? false : within(schema),
    ]),
  )
}

function absent(schema: unknown, components: Json, side: Side): boolean {
  if (!isJson(schema)) return false
  const target = schema.$ref === undefined ? schema : components[nameOf(schema.$ref)]
  return isJson(target) && target[side === 'request' ? 'readOnly' : 'writeOnly'] === true
}

/** Whether a schema, in itself or by what it is composed of, names fields; one that doesn't takes any. */
function namesFields(schema: unknown, components: Json): boolean {
  if (!isJson(schema)) return false
  if (schema.$ref !== undefined) return namesFields(components[nameOf(schema.$ref)], components)
  if (isJson(schema.properties) && schema.additionalProperties === undefined) return true
  return ['allOf', 'anyOf', 'oneOf'].some((key) => {
    const parts = schema[key]
    return Array.isArray(parts) && parts.some((part) => namesFields(part, components))
  })
}
