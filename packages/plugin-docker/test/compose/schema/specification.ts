import { readFile } from 'node:fs/promises'
import { composeCommand } from '../../../../../e2e/rig/compose.ts'

export type Schema = { [key: string]: unknown }

/** The JSON Schema of the specification, as it stands in the program of Docker Compose. */
export async function specification(): Promise<Schema> {
  const program = await readFile(composeCommand)
  const id = program.indexOf('"$id": "compose_spec.json"')
  if (id < 0) throw new Error('Docker Compose has no schema inside')
  const start = program.lastIndexOf('{', id)
  const text = program.toString('latin1', start, start + 200_000)
  return JSON.parse(text.slice(0, endOfObject(text))) as Schema
}

function endOfObject(text: string): number {
  let depth = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (char === '\\') index += 1
    else if (char === '"') quoted = !quoted
    else if (!quoted && char === '{') depth += 1
    else if (!quoted && char === '}' && --depth === 0) return index + 1
  }
  return -1
}

/** Every place of a schema that has properties, with their names; `*` stands for any key or item. */
export function propertyNames(root: Schema): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return
    const schema = node as Schema
    const reference = schema['$ref']
    if (typeof reference === 'string') visit(resolve(root, reference), path)
    for (const form of ['oneOf', 'anyOf', 'allOf']) {
      for (const inner of (schema[form] as unknown[] | undefined) ?? []) visit(inner, path)
    }
    for (const [name, property] of Object.entries((schema['properties'] as Schema | undefined) ?? {})) {
      if (!found.has(path)) found.set(path, new Set())
      found.get(path)!.add(name)
      visit(property, `${path}/${name}`)
    }
    for (const inner of Object.values((schema['patternProperties'] as Schema | undefined) ?? {}))
      visit(inner, `${path}/*`)
    visit(schema['additionalProperties'], `${path}/*`)
    visit(schema['items'], `${path}/*`)
  }
  visit(root, '')
  return found
}

const resolve = (root: Schema, reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((node, step) => (node as Schema | undefined)?.[step], root)

/** The same as lists, for comparing. */
export const sorted = (names: Map<string, Set<string>>): [string, string[]][] =>
  [...names]
    .map(([path, all]): [string, string[]] => [path, [...all].toSorted()])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
