import { createHash } from 'node:crypto'
import { DockerError } from '../error.ts'
import type { Authorization } from './authorization.ts'
import { parseChallenge } from './challenge.ts'
import { docOf } from './document.ts'
import { domainOf } from './origin.ts'
import { refusedLogin, refusedPace, refusedRequest } from './refusal.ts'
import type { RegistryAnswer, RegistryRequest, Send } from './wire.ts'

/** One registry, at the origin where it answers. */
export interface Registry {
  /** What a tag means now, or undefined when there is no such tag (any more). */
  digest(repository: string, tag: string): Promise<string | undefined>
  tags(repository: string): Promise<string[]>
}

/** Of a tag for several platforms it is the index that counts. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/i
const TAG = /^\w[\w.-]{0,127}$/
const MAX_REDIRECTS = 5
const MAX_PAGES = 200

export interface RegistryEnv {
  send: Send
  authorization: Authorization
  pageSize: number
}

/**
 * Greets a registry and learns how it wants to be asked.
 * @throws DockerError `unreachable`, `timeout`, `registry_error`, `rate_limited`
 */
export async function openRegistry(origin: string, { send, authorization, pageSize }: RegistryEnv): Promise<Registry> {
  const name = domainOf(origin)
  /** A registry that wants no more questions, or none from this login, is not asked again. */
  let enough: DockerError | undefined

  async function polite(request: RegistryRequest): Promise<RegistryAnswer> {
    if (enough) throw enough
    const answer = await send(request)
    if (answer.status === 429) {
      enough ??= refusedPace(name, answer)
      throw enough
    }
    return answer
  }

  async function authorized(request: RegistryRequest, repository: string): Promise<RegistryAnswer> {
    const { origin: at } = request.url
    const withLogin = async (): Promise<RegistryAnswer> => {
      const header = await authorization.header(at, repository)
      return await polite({ ...request, headers: { ...request.headers, ...(header && { authorization: header }) } })
    }
    const known = authorization.knows(at)
    const answer = await withLogin()
    if (answer.status !== 401) return answer
    const challenge = parseChallenge(answer.headers['www-authenticate'])
    if (!challenge) return answer
    if (known && challenge.scheme === 'basic') {
      const error = refusedLogin(domainOf(at), await authorization.hasLogin(at))
      if (at === origin) enough ??= error
      throw error
    }
    authorization.learn(at, challenge)
    authorization.forget(at, repository)
    return await withLogin()
  }

  async function ask(method: 'GET' | 'HEAD', path: string, repository: string, accept: string) {
    let url = new URL(path, origin)
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const answer = await authorized({ method, url, headers: { accept } }, repository)
      const { location } = answer.headers
      if (answer.status < 300 || answer.status >= 400 || location === undefined) return answer
      const next = new URL(location, url)
      if (next.protocol !== 'https:' && next.protocol !== url.protocol)
        throw new DockerError('registry_error', `${name} leads from ${url.protocol} to ${next.protocol}`)
      url = next
    }
    throw new DockerError('registry_error', `${name} leads from place to place`)
  }

  const refusal = async (answer: RegistryAnswer, repository: string): Promise<DockerError> =>
    refusedRequest(name, repository, answer, await authorization.hasLogin(answer.url.origin))

  const greeting = await polite({ method: 'GET', url: new URL('/v2/', origin) })
  const challenge = parseChallenge(greeting.headers['www-authenticate'])
  if (challenge) authorization.learn(origin, challenge)
  else if (greeting.status >= 400) throw await refusal(greeting, 'registry API')

  return {
    async digest(repository, tag) {
      const path = `/v2/${repository}/manifests/${tag}`
      const answer = await ask('HEAD', path, repository, MANIFESTS)
      if (answer.status === 404) return undefined
      const said = answer.headers['docker-content-digest']
      if (answer.status === 200 && typeof said === 'string' && DIGEST.test(said)) return said
      if (answer.status !== 200 && answer.status !== 405) throw await refusal(answer, repository)
      const manifest = await ask('GET', path, repository, MANIFESTS)
      if (manifest.status === 404) return undefined
      if (manifest.status !== 200) throw await refusal(manifest, repository)
      return `sha256:${createHash('sha256').update(manifest.body).digest('hex')}`
    },

    async tags(repository) {
      const tags: string[] = []
      let path: string | undefined = `/v2/${repository}/tags/list?n=${pageSize}`
      for (let pages = 0; path !== undefined; pages++) {
        if (pages === MAX_PAGES) throw new DockerError('registry_error', `${name} has too many tags of ${repository}`)
        const answer: RegistryAnswer = await ask('GET', path, repository, 'application/json')
        if (answer.status !== 200) throw await refusal(answer, repository)
        const { tags: page } = docOf(answer)
        if (Array.isArray(page)) for (const tag of page) if (typeof tag === 'string' && TAG.test(tag)) tags.push(tag)
        path = nextPage(answer)
      }
      return tags
    },
  }
}

/** Where the list goes on. A page is only ever asked for where the first one was: tokens are not for elsewhere. */
function nextPage({ headers, url }: RegistryAnswer): string | undefined {
  const { link } = headers
  const [, target] =
    /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(Array.isArray(link) ? link.join(', ') : (link ?? '')) ?? []
  if (target === undefined || !URL.canParse(target, url.href)) return undefined
  const { pathname, search } = new URL(target, url)
  return pathname + search
}
