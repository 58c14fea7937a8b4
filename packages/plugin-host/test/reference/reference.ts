import { declarationOf } from '@lares/core'
import type * as z from 'zod'
import host from '../../src/index.ts'

type Def = {
  innerType?: z.ZodType
  element?: z.ZodType
  options?: z.ZodType[]
  shape?: z.core.$ZodShape
}

const types = Object.entries(host)
  .map(([, factory]) => declarationOf((factory as (name: string, inputs: object) => unknown)('x', {}))?.type)
  .filter((type) => type !== undefined)
  .sort((a, b) => a.type.localeCompare(b.type))

/** The object that an option holds, on its own or in a list. */
function shapeOf(schema: z.ZodType): z.core.$ZodShape | undefined {
  const def = schema._zod.def as unknown as Def
  if (def.shape) return def.shape
  const inside = [def.innerType, def.element, ...(def.options ?? [])].filter((each) => each !== undefined)
  return inside.map(shapeOf).find((shape) => shape !== undefined)
}

function descriptionOf(schema: z.ZodType): string {
  const { innerType } = schema._zod.def as unknown as Def
  return schema.description ?? (innerType ? descriptionOf(innerType) : '')
}

function rows(shape: z.core.$ZodShape, prefix = ''): string[][] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const option = schema as z.ZodType
    const described = descriptionOf(option).replaceAll('|', '\\|')
    const inner = described === '' ? shapeOf(option) : undefined
    return [[`\`${prefix}${name}\``, described], ...(inner ? rows(inner, `${prefix}${name}.`) : [])]
  })
}

function table(head: string, all: readonly string[][]): string {
  const width = (column: number) => Math.max(...all.map((row) => row[column]!.length), column === 0 ? head.length : 0)
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(width(column))).join(' | ')} |`
  return [line([head, '']), `| ${'-'.repeat(width(0))} | ${'-'.repeat(width(1))} |`, ...all.map(line)].join('\n')
}

const list = (all: readonly string[][]): string =>
  ['Attributes:', '', ...all.map(([name, text]) => `- ${name}${text === '' ? '' : `: ${text}`}`)].join('\n')

/** The tables of the README, from the descriptions in the schemas. */
export function reference(): string {
  const parts = types.map(({ type, description, proof, inputs, attributes }) =>
    [
      `### \`${type}\``,
      `${description?.replace(/\.$/, '')}. _${proof}_`,
      table('option', rows(inputs.shape)),
      list(rows(attributes.shape)),
    ].join('\n\n'),
  )
  return parts.join('\n\n')
}
