import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail } from '@lares/core'

/** What a file gets its content from. */
export interface Source {
  content?: string | undefined
  source?: string | undefined
  values?: Readonly<Record<string, string | number | boolean>> | undefined
}

/** The bytes that a file is to hold, or undefined when nothing is said of them. Throws a diagnostic. */
export async function bytesOf(
  { content, source, values }: Source,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (content !== undefined) return Buffer.from(content)
  if (source === undefined) return undefined
  const path = resolve(source)
  let bytes: Uint8Array
  try {
    bytes = await readFile(path, { signal })
  } catch (error) {
    signal.throwIfAborted()
    const summary = `${path} can't be read: ${(error as Error).message}`
    return fail({ code: 'source_unreadable', path: 'source', summary, advice: 'It is relative to the config.' }, error)
  }
  return values ? Buffer.from(fill(Buffer.from(bytes).toString(), values, path)) : bytes
}

/** Puts values in place of `{{name}}`. Throws a diagnostic that names what has no value. */
export function fill(template: string, values: NonNullable<Source['values']>, path: string): string {
  const missing = new Set<string>()
  const text = template.replace(/\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g, (_, name: string) => {
    if (!Object.hasOwn(values, name)) missing.add(name)
    return String(values[name])
  })
  if (missing.size > 0)
    fail({
      code: 'template_value_missing',
      path: 'values',
      summary: `${path} needs ${[...missing].join(', ')}`,
      advice: 'Give each {{name}} of the template a value in "values".',
    })
  return text
}
