/** One request as the stand-in met it. Nothing secret is in it. */
export interface Call {
  method: string
  /** Below `/client/v4`. */
  path: string
  query: Record<string, string>
  /** Null when the connection was dropped instead of an answer. */
  status: number | null
  /** When it arrived, in milliseconds of the clock. */
  at: number
  /** The id of the token that it was made with, or null when it had none that is known. */
  token: string | null
}

const secretFields = new Set([
  'client_secret',
  'tunnel_secret',
  'secret',
  'password',
  'private_key',
  'token',
  'TunnelSecret',
])

/** Every string under a field that holds secrets, at any depth. */
export function secretsIn(value: unknown, field = ''): string[] {
  if (typeof value === 'string') return secretFields.has(field) && !/^\**$/.test(value) ? [value] : []
  if (Array.isArray(value)) return value.flatMap((each) => secretsIn(each, field))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => secretsIn(each, key))
}
