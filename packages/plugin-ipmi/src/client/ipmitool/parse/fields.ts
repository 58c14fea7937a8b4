/** Lines of the form `Name : value`, in order. What has no colon is no field. */
export function fieldsOf(text: string): (readonly [name: string, value: string])[] {
  return text.split('\n').flatMap((line) => {
    const [, name, value] = /^\s*([^:]*[^:\s])\s*:(?:\s(.*)|)$/.exec(line.trimEnd()) ?? []
    return name === undefined ? [] : [[name, (value ?? '').trim()] as const]
  })
}

/** The first field of each name. */
export function firstFields(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of fieldsOf(text)) if (!found.has(name)) found.set(name, value)
  return found
}

/** A whole number as it stands there alone; undefined for anything else. */
export function wholeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** A decimal number as it stands there alone; undefined for anything else. */
export function decimalOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}
