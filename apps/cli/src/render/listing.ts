import type { Style } from '../style.ts'
import { count } from './values.ts'

/** An object that is out there, as the engine lists it. */
export interface ListedObject {
  type: string
  identity: string
  name: string
  inputs?: unknown
  owner?: { lab: string; address: string }
}

export interface ListingOptions {
  /** What was looked for. */
  types: readonly string[]
  on: string | undefined
  yaml: boolean
}

/** What is there: objects that nobody owns as lines for the config, the others by their owner. */
export function renderListing(found: readonly ListedObject[], options: ListingOptions, style: Style): string {
  const { types, on, yaml } = options
  const where = on ?? 'this machine'
  if (found.length === 0) return `There is no ${types.join(' or ')} on ${where}.\n`
  const free = addressed(found.filter(({ owner }) => owner === undefined))
  const owned = found.filter(({ owner }) => owner !== undefined)
  const lines: string[] = []
  for (const object of owned) {
    const { lab, address } = object.owner!
    lines.push(style.faint(`${object.name} belongs to "${address}" of the lab "${lab}".`))
  }
  if (free.length > 0) {
    if (owned.length > 0) lines.push('')
    const what = count(free.length, types.length === 1 ? types[0]! : 'object')
    lines.push(`${what} that no lab owns. Put what you want into the config:`, '')
    for (const object of free) lines.push(...(yaml ? yamlLines(object, on) : codeLines(object, on)))
    const taken = (types.length === 1 ? free.slice(0, 1) : free).map(({ address }) => address)
    lines.push('', `Then take it over: ${style.strong(`lares import ${taken.join(' ')}`)}`)
  }
  return `${lines.join('\n')}\n`
}

type Addressed = ListedObject & { address: string }

/** With an address of its own for each: by its name, where that is taken also by its type, and then by a number. */
function addressed(found: readonly ListedObject[]): Addressed[] {
  const taken = new Set<string>()
  return found.map((object) => {
    const plain = addressOf(object.name)
    const typed = `${plain}-${object.type.replace(/^.*\./, '')}`
    let address = taken.has(plain) ? typed : plain
    for (let number = 2; taken.has(address); number++) address = `${typed}-${number}`
    taken.add(address)
    return { ...object, address }
  })
}

const addressOf = (name: string): string =>
  name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+|-+$/g, '') || 'found'

function yamlLines({ address, type, inputs }: Addressed, on: string | undefined): string[] {
  const lines = [`  ${address}:`, `    type: ${type}`]
  if (on !== undefined) lines.push(`    on: ${on}`)
  // JSON is YAML, and needs no quoting rules of its own.
  for (const [key, value] of entriesOf(inputs)) lines.push(`    ${key}: ${JSON.stringify(value)}`)
  return lines
}

function codeLines({ address, type, inputs }: Addressed, on: string | undefined): string[] {
  const variable = (text: string) => text.replace(/[-_]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const entries = entriesOf(inputs).map(([key, value]) => `  ${key}: ${JSON.stringify(value)},`)
  const body = [...(on === undefined ? [] : [`  on: ${variable(on)},`]), ...entries]
  return [`const ${variable(address)} = ${type}('${address}', {`, ...body, '})']
}

const entriesOf = (inputs: unknown): [string, unknown][] =>
  Object.entries((inputs ?? {}) as object).filter(([, value]) => value !== undefined)
