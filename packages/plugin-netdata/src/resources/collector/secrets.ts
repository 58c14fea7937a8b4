const SECRET = /pass|pwd|token|secret|key|credential|auth|bearer|cookie|headers/i
/** Of a URL, and of a data source name as the driver of MySQL takes it. */
const PASSWORDS = [/\/\/[^/@:\s]*:([^/@\s]+)@/, /^[^:@/]+:(.+)@(?:tcp|unix)\(/]
/** What is shorter stands in ordinary words. */
const SHORTEST = 4

/** Values in the settings of a job that nobody is to see: what stands under a key that says so, and passwords in addresses. */
export function secretsIn(settings: unknown, isSecret = false): string[] {
  if (typeof settings === 'string') {
    const found = isSecret ? [settings] : PASSWORDS.flatMap((pattern) => pattern.exec(settings)?.[1] ?? [])
    return found.filter((value) => value.length >= SHORTEST)
  }
  if (typeof settings !== 'object' || settings === null) return []
  return Object.entries(settings).flatMap(([key, value]) => secretsIn(value, isSecret || SECRET.test(key)))
}

/** The text without them, as they are and as they stand in a URL. */
export const withoutSecrets = (text: string, settings: unknown): string =>
  secretsIn(settings)
    .flatMap((value) => [value, encodeURIComponent(value)])
    .sort((one, other) => other.length - one.length)
    .reduce((rest, value) => rest.replaceAll(value, '(secret)'), text)
