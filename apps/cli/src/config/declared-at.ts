import { readFile } from 'node:fs/promises'
import type { Lab, SourceLocation } from '@lares/core'

/**
 * The lab with the lines on which its config declares resources, for problems to point at. A resource is looked for as it
 * is written, `docker.container('web', …`; one whose name is computed has no line.
 */
export async function withLines(lab: Lab, file: string): Promise<Lab> {
  const text = await readFile(file, 'utf8')
  const places = new Map<string, SourceLocation | undefined>()
  for (const { 1: name, index } of text.matchAll(/\b\w+\.\w+\(\s*['"`]([\w-]+)['"`]\s*[,)]/g)) {
    // A name that is written twice could be either.
    places.set(name!, places.has(name!) ? undefined : placeOf(text, index, file))
  }
  const declarations = lab.declarations.map((declaration) => {
    const place = places.get(declaration.address)
    return declaration.locate || !place ? declaration : { ...declaration, locate: () => place }
  })
  return { ...lab, declarations }
}

function placeOf(text: string, index: number, file: string): SourceLocation {
  const before = text.slice(0, index).split('\n')
  return { file, line: before.length, column: before.at(-1)!.length + 1 }
}
