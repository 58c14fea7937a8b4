import type * as z from 'zod'
import type { Declarable } from '../declaration.ts'
import type { Plugin } from '../plugin.ts'

type Def = {
  innerType?: z.ZodType
  element?: z.ZodType
  valueType?: z.ZodType
  options?: z.ZodType[]
  shape?: z.core.$ZodShape
}

/** The object that an option holds, on its own, in a list, or by name. */
function shapeOf(schema: z.ZodType): z.core.$ZodShape | undefined {
  const def = schema._zod.def as unknown as Def
  if (def.shape) return def.shape
  const inside = [def.innerType, def.element, def.valueType, ...(def.options ?? [])].filter(
    (each) => each !== undefined,
  )
  return inside.map(shapeOf).find((shape) => shape !== undefined)
}

function descriptionOf(schema: z.ZodType): string {
  const { innerType } = schema._zod.def as unknown as Def
  return schema.description ?? (innerType ? descriptionOf(innerType) : '')
}

/** What is long is listed once on a page. */
const LONG = 15

/** Where on the page the options of a shape are listed. */
type Places = Map<z.core.$ZodShape, string>

function rows(shape: z.core.$ZodShape, places: Places, prefix = '', type = ''): string[][] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const option = schema as z.ZodType
    const inner = shapeOf(option)
    const known = inner && places.get(inner)
    const description = [descriptionOf(option).replaceAll('|', '\\|'), known && `As ${known}`]
      .filter(Boolean)
      .join('. ')
    const row = [`\`${prefix}${name}\``, description]
    if (!inner || known) return [row]
    const below = rows(inner, places, `${prefix}${name}.`, type)
    if (below.length >= LONG) places.set(inner, `\`${prefix}${name}\` of \`${type}\``)
    return [row, ...below]
  })
}

function table({ type, inputs }: Declarable, places: Places): string[] {
  const all = rows(inputs.shape, places, '', type)
  if (all.length === 0) return ['No options of its own.']
  const width = (column: number) => Math.max(...all.map((row) => row[column]!.length), column === 0 ? 6 : 0)
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(width(column))).join(' | ')} |`
  return [line(['option', '']), `| ${'-'.repeat(width(0))} | ${'-'.repeat(width(1))} |`, ...all.map(line)]
}

/** What an object reports beside what was said of it. */
function attributes({ inputs, attributes: { shape } }: Declarable): string[] {
  const own = rows(shape, new Map()).filter(([name]) => !(name!.replace(/^`|[.`].*$/g, '') in inputs.shape))
  if (own.length === 0) return []
  return ['', 'Attributes of its own:', '', ...own.map(([name, text]) => `- ${name}${text === '' ? '' : `: ${text}`}`)]
}

/**
 * A README with a plugin's resource types below its heading `## Options`, from their schemas: what each is and what its
 * tests run on, a table of options, and its attributes. What stood there before is left out.
 */
export function withOptionTables(readme: string, plugin: Plugin): string {
  const heading = '\n## Options\n'
  const start = readme.indexOf(heading)
  if (start < 0) throw new Error('The README has no heading "## Options"')
  const types = [...plugin.types.values(), ...plugin.composites.values()].sort((a, b) => (a.type < b.type ? -1 : 1))
  const places: Places = new Map()
  const parts = types.map((each) => {
    const { type, description, proof = 'unverified' } = each
    const said = `${description?.replace(/\.?$/, '. ') ?? ''}_${proof}_`
    return [`### \`${type}\``, '', said, '', ...table(each, places), ...attributes(each)].join('\n')
  })
  return `${readme.slice(0, start + heading.length)}\n${parts.join('\n\n')}\n`
}
