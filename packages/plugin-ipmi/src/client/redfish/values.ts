/** What is read out of an answer is absent where it is not of its type: a BMC need not keep to the schema. */
export type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object; empty where it is none. */
export const part = (value: unknown): Json => (isJson(value) ? value : {})

/** The objects of an array. */
export const parts = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : [])

/** A text with something in it. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined

export const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined

export const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined)

/** Where a link leads. */
export const link = (value: unknown): string | undefined => text(part(value)['@odata.id'])
