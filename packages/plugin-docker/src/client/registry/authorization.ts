import { DockerError, isDockerError } from '../error.ts'
import type { RegistryCredential, RegistryCredentials } from '../registry-auth.ts'
import type { Challenge } from './challenge.ts'
import { docOf } from './document.ts'
import { domainOf } from './origin.ts'
import { refusedLogin, refusedRequest } from './refusal.ts'
import type { Send } from './wire.ts'

/** Meets the challenges of registries, with as few questions to those who give tokens as possible. */
export interface Authorization {
  /** The header for a repository, or undefined to go without: there is no challenge, or no credential for it. */
  header(origin: string, repository: string): Promise<string | undefined>
  /** Remembers how an origin wants to be asked. */
  learn(origin: string, challenge: Challenge): void
  knows(origin: string): boolean
  /** Lets a token go that was refused. */
  forget(origin: string, repository: string): void
  /** There is a login for it. */
  hasLogin(origin: string): Promise<boolean>
}

interface Token {
  token: string
  /** By `performance.now()`. */
  until: number
}

/** What a token is good for when its giver does not say. */
const DEFAULT_SECONDS = 60
const CLIENT = 'lares'

export function createAuthorization(send: Send, credentials: RegistryCredentials, signal: AbortSignal): Authorization {
  const challenges = new Map<string, Challenge>()
  const logins = new Map<string, Promise<RegistryCredential | undefined>>()
  const tokens = new Map<string, Promise<Token>>()
  /** A login that is wrong is not tried again and again: some lock it. */
  const refused = new Map<string, DockerError>()
  const keyOf = (origin: string, repository: string) => `${origin} ${repository}`

  const loginFor = (origin: string) => {
    const domain = domainOf(origin)
    const known = logins.get(domain) ?? credentials(domain, signal)
    logins.set(domain, known)
    return known
  }

  async function newToken(origin: string, challenge: Bearer, scope: string): Promise<Token> {
    const login = await loginFor(origin)
    const error = refused.get(origin)
    if (error) throw error
    try {
      return await askForToken(send, challenge, scope, origin, login)
    } catch (error) {
      if (login && isDockerError(error, 'unauthorized') && error.status === 401) refused.set(origin, error)
      throw error
    }
  }

  async function tokenFor(origin: string, repository: string, challenge: Bearer): Promise<string> {
    const key = keyOf(origin, repository)
    const known = tokens.get(key)
    if (known && (await known).until > performance.now()) return (await known).token
    // Whoever found the same token too old has asked for another one meanwhile.
    if (tokens.get(key) === known) {
      tokens.set(key, newToken(origin, challenge, `repository:${repository}:pull`))
    }
    return (await tokens.get(key)!).token
  }

  return {
    learn: (origin, challenge) => void challenges.set(origin, challenge),
    knows: (origin) => challenges.has(origin),
    forget: (origin, repository) => void tokens.delete(keyOf(origin, repository)),
    hasLogin: async (origin) => (await loginFor(origin)) !== undefined,
    async header(origin, repository) {
      const challenge = challenges.get(origin)
      if (!challenge) return undefined
      if (challenge.scheme === 'bearer') return `Bearer ${await tokenFor(origin, repository, challenge)}`
      const login = await loginFor(origin)
      return login && 'password' in login ? basic(login) : undefined
    },
  }
}

type Bearer = Extract<Challenge, { scheme: 'bearer' }>

const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

async function askForToken(
  send: Send,
  { realm, service }: Bearer,
  scope: string,
  origin: string,
  login: RegistryCredential | undefined,
): Promise<Token> {
  const registry = domainOf(origin)
  const url = realmOf(realm, origin)
  const wanted = { ...(service === undefined ? {} : { service }), scope }
  const began = performance.now()
  let answer: Awaited<ReturnType<Send>>
  if (login && 'identitytoken' in login) {
    const refresh = { grant_type: 'refresh_token', refresh_token: login.identitytoken, client_id: CLIENT }
    const body = new URLSearchParams({ ...wanted, ...refresh }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    answer = await send({ method: 'POST', url, headers, body })
  } else {
    for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value)
    answer = await send({ method: 'GET', url, headers: login ? { authorization: basic(login) } : {} })
  }
  const { status } = answer
  if (status === 401 && login) throw refusedLogin(registry, true)
  if (status === 401 || status === 403)
    throw refusedRequest(registry, scope.split(':')[1]!, answer, login !== undefined)
  if (status !== 200) throw new DockerError('registry_error', `${registry} gives no token: HTTP ${status}`, { status })
  const { token, access_token: accessToken, expires_in: seconds } = docOf(answer)
  const given = typeof token === 'string' ? token : accessToken
  if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given))
    throw new DockerError('registry_error', `${registry} gives no token`)
  const lasts = typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_SECONDS
  return { token: given, until: began + lasts * 900 }
}

/** Where tokens are given: anywhere, but a registry that is asked over TLS may not have logins sent in plain. */
function realmOf(realm: string, origin: string): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined
  const isFit = url?.protocol === 'https:' || (url?.protocol === 'http:' && origin.startsWith('http:'))
  if (!url || !isFit)
    throw new DockerError('registry_error', `${domainOf(origin)} names no place that may be asked for tokens`)
  return url
}
