import type { Style } from '../style.ts'
import { count } from './values.ts'

/** An object that is out there, as the engine lists it. */
export interface ListedObject {
  identity: string
  name: string
  inputs?: unknown
  owner?: { lab: string; address: string }
}

export interface ListingOptions {
  type: string
  on: string | undefined
  yaml: boolean
}

/** What is there: objects that nobody owns as lines for the config, the others by their owner. */
export function renderListing(found: readonly ListedObject[], options: ListingOptions, style: Style): string {
  const where = options.on === undefined ? 'this machine' : options.on
  if (found.length === 0) return `There is no ${options.type} on ${where}.\n`
  const free = found.filter(({ owner }) => owner === undefined)
  const owned = found.filter(({ owner }) => owner !== undefined)
  const lines: string[] = []
  for (const object of owned) {
    const { lab, address } = object.owner!
    lines.push(style.faint(`${object.name} belongs to "${address}" of the lab "${lab}".`))
  }
  if (free.length > 0) {
    if (owned.length > 0) lines.push('')
    lines.push(`${count(free.length, options.type)} that no lab owns. Put what you want into the config:`, '')
    for (const object of free) lines.push(...(options.yaml ? yamlLines(object, options) : codeLines(object, options)))
    const first = addressOf(free[0]!.name)
    lines.push('', `Then take it over: ${style.strong(`lares import ${first}`)}`)
  }
  return `${lines.join('\n')}\n`
}

const addressOf = (name: string): string => name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+/, '') || 'found'

function yamlLines({ name, inputs }: ListedObject, { type, on }: ListingOptions): string[] {
  const lines = [`  ${addressOf(name)}:`, `    type: ${type}`]
  if (on !== undefined) lines.push(`    on: ${on}`)
  // JSON is YAML, and needs no quoting rules of its own.
  for (const [key, value] of Object.entries((inputs ?? {}) as object))
    lines.push(`    ${key}: ${JSON.stringify(value)}`)
  return lines
}

function codeLines({ name, inputs }: ListedObject, { type, on }: ListingOptions): string[] {
  const address = addressOf(name)
  const variable = (text: string) => text.replace(/[-_]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const entries = entriesOf(inputs).map(([key, value]) => `  ${key}: ${JSON.stringify(value)},`)
  const body = [...(on === undefined ? [] : [`  on: ${variable(on)},`]), ...entries]
  return [`const ${variable(address)} = ${type}('${address}', {`, ...body, '})']
}

const entriesOf = (inputs: unknown): [string, unknown][] =>
  Object.entries((inputs ?? {}) as object).filter(([, value]) => value !== undefined)
