import type * as z from 'zod'
import { composeInputs } from '../../src/resources/compose/schema.ts'
import { containerInputs } from '../../src/resources/container/schema.ts'
import { engine } from '../../src/resources/engine.ts'
import { imageInputs } from '../../src/resources/image/schema.ts'
import { network } from '../../src/resources/network.ts'
import { volume } from '../../src/resources/volume.ts'

const types: Record<string, z.ZodObject> = {
  'docker.compose': composeInputs,
  'docker.container': containerInputs,
  'docker.engine': engine.inputs,
  'docker.image': imageInputs,
  'docker.network': network.inputs,
  'docker.volume': volume.inputs,
}

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

function rows(shape: z.core.$ZodShape, prefix = ''): string[][] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const option = schema as z.ZodType
    const inner = shapeOf(option)
    const description = descriptionOf(option).replaceAll('|', '\\|')
    return [[`\`${prefix}${name}\``, description], ...(inner ? rows(inner, `${prefix}${name}.`) : [])]
  })
}

/** The tables of the README, from the descriptions in the schemas. */
export function reference(): string {
  const tables = Object.entries(types).map(([type, schema]) => {
    const all = rows(schema.shape)
    const width = (column: number) => Math.max(...all.map((row) => row[column]!.length), column === 0 ? 6 : 0)
    const line = (cells: readonly string[]) =>
      `| ${cells.map((cell, column) => cell.padEnd(width(column))).join(' | ')} |`
    const rule = `| ${'-'.repeat(width(0))} | ${'-'.repeat(width(1))} |`
    return [`### \`${type}\``, '', line(['option', '']), rule, ...all.map(line)].join('\n')
  })
  return tables.join('\n\n')
}
