/** How a registry wants to be asked. */
export type Challenge = { scheme: 'basic' } | { scheme: 'bearer'; realm: string; service?: string }

const PARAMETER = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi

/** The challenge in a `WWW-Authenticate` header that this client can meet; a token rather than a password where both would do. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const bearer = /(?:^|,)\s*bearer\s+(.*)$/is.exec(header ?? '')
  if (bearer) {
    const said = new Map<string, string>()
    for (const [, name, quoted, plain] of bearer[1]!.matchAll(PARAMETER)) {
      const key = name!.toLowerCase()
      if (!said.has(key)) said.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain!)
    }
    const realm = said.get('realm')
    const service = said.get('service')
    if (realm !== undefined) return { scheme: 'bearer', realm, ...(service === undefined ? {} : { service }) }
  }
  return /(?:^|,)\s*basic(?:\s|$)/i.test(header ?? '') ? { scheme: 'basic' } : undefined
}
