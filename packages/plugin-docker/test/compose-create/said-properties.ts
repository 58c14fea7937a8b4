import { parseAllDocuments } from 'yaml'
import type { CreateCase } from './cases/case.ts'

/** The properties of a schema by place, as `propertyNames` finds them. */
type Places = ReadonlyMap<string, ReadonlySet<string>>

/** Which of the properties the files of cases say, as `place property`. Short forms say nothing but their attribute. */
export function saidProperties(cases: readonly CreateCase[], places: Places): Set<string> {
  const said = new Set<string>()
  const known = (place: string) => [...places.keys()].some((it) => it === place || it.startsWith(`${place}/`))
  const visit = (value: unknown, place: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, `${place}/*`)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        const isProperty = places.get(place)?.has(key) === true
        if (isProperty) said.add(`${place} ${key}`)
        const next = `${place}/${isProperty ? key : '*'}`
        if (known(next)) visit(inner, next)
      }
    }
  }
  for (const { files } of cases) {
    for (const [name, text] of Object.entries(files)) {
      if (!name.endsWith('.yaml')) continue
      for (const document of parseAllDocuments(text, { merge: true, logLevel: 'silent' })) visit(document.toJS(), '')
    }
  }
  return said
}
