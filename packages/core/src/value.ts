/** Plain data: what inputs, attributes and state are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export type Path = readonly (string | number)[]

/** `['ports', 0, 'host']` as `ports[0].host`; keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** The inverse of `formatPath`, which also takes a plain word unquoted: `labels.a/b`. Throws a SyntaxError on anything else. */
export function parsePath(text: string): (string | number)[] {
  const steps: (string | number)[] = []
  const pattern = /\[(0|[1-9]\d*)\]|\[("(?:[^"\\]|\\.)*")\]|(?:^|(?<=.)\.)([^.[\]{}"\s\d][^.[\]{}"\s]*)/gy
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (!match) throw new SyntaxError(`"${text}" is no path`)
    steps.push(match[1] !== undefined ? Number(match[1]) : match[2] !== undefined ? JSON.parse(match[2]) : match[3]!)
  }
  return steps
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at `path`, or undefined when anything on the way is missing. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined
  }
  return value
}

/** Deep equality of plain data; an undefined property equals a missing one. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  for (const key in left) if (!equal(left[key], right[key])) return false
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false
  return true
}

/** JSON with sorted keys: the same text for equal values. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const object = value as Record<string, unknown>
  const keys = Object.keys(object).filter((key) => object[key] !== undefined)
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key])}`)
    .join(',')}}`
}

/** A copy in which `replace` had the first word on every value; undefined from it means "go deeper". */
export function mapTree(value: unknown, replace: (value: unknown, path: Path) => unknown, path: Path = []): unknown {
  const replaced = replace(value, path)
  if (replaced !== undefined) return replaced
  if (Array.isArray(value)) return value.map((item, i) => mapTree(item, replace, [...path, i]))
  if (!isObject(value)) return value
  const copy: Record<string, unknown> = {}
  for (const key in value) {
    const item = mapTree(value[key], replace, [...path, key])
    // By assignment, this key would change what the copy is instead of what it holds.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: item, ...ORDINARY })
    else if (item !== undefined) copy[key] = item
  }
  return copy
}

const ORDINARY = { enumerable: true, writable: true, configurable: true }
