import { setTimeout as sleep } from 'node:timers/promises'
import { type Host, httpAgent } from '@lares/transport'
import type { CallOptions } from '../driver.ts'
import { BmcError, type BmcErrorCode, isBmcError } from '../error.ts'
import { checkAddress, type Login } from '../login.ts'
import { inTurn } from '../turns.ts'
import { type Answer, exchange, type Question, type Reach } from './exchange.ts'
import { complaint, refusal } from './refusal.ts'
import { finishTask } from './task.ts'
import { type Json, link, part } from './values.ts'

export interface AskOptions extends CallOptions {
  /** Names the request in errors: `set the boot device`. */
  readonly what: string
}

/** A login to a Redfish service. Requests to one BMC take turns. */
export interface RedfishSession {
  readonly description: string
  open(options?: CallOptions): Promise<void>
  /** The service root, as it was when the session was opened. */
  root(options?: CallOptions): Promise<Json>
  get(path: string, options: AskOptions): Promise<Json>
  /** Resolves when it is done, however long the BMC works on it. */
  post(path: string, body: Json, options: AskOptions): Promise<Answer>
  /** Of what the resource is now: another's change in between is not written over. */
  patch(path: string, body: Json | ((now: Json) => Json), options: AskOptions): Promise<void>
  delete(path: string, options: AskOptions): Promise<void>
  close(): Promise<void>
}

export const DEFAULT_PORT = 443
const TIMEOUT_MS = 30_000
const ROOT = '/redfish/v1/'
const ATTEMPTS = 4
const PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
const CLOSE_MS = 5_000

export function redfishSession(host: Host, login: Login): RedfishSession {
  const { address, port = DEFAULT_PORT, user, password, timeout = TIMEOUT_MS, certificate } = login
  checkAddress(address)
  const authority = `${address.includes(':') ? `[${address}]` : address}${port === DEFAULT_PORT ? '' : `:${port}`}`
  const description = `BMC ${authority}${host.local ? '' : ` (from ${host.description})`}`
  checkCredentials(login, description)
  const key = `${host.description} https://${authority}`
  const target = { host: address, port }
  const shared = { maxSockets: 1, tls: { name: address, fingerprint: certificate } }
  const agents = {
    agent: httpAgent(host, target, shared),
    fresh: httpAgent(host, target, { ...shared, keepAlive: false }),
  }
  const reach: Reach = { description, authority, timeout, ...agents }
  const mask = (text: string) => text.replaceAll(password, '***')
  /** How requests prove who asks, and what is to be ended afterwards. */
  let proof: { readonly headers: Record<string, string>; readonly session?: string } | undefined
  let root: Json | undefined
  /** A BMC locks who tries a wrong password again and again. */
  let refusedLogin: BmcError | undefined

  async function logIn(signal: AbortSignal | undefined): Promise<NonNullable<typeof proof>> {
    if (refusedLogin) throw refusedLogin
    const found = await exchange(reach, { method: 'GET', path: ROOT, signal })
    if (found.status >= 300) throw refusal(found, description, 'read the service root', mask)
    if (found.body.RedfishVersion === undefined && link(found.body.Systems) === undefined)
      throw new BmcError('bad_answer', `${description}: it answers, but is no Redfish service`)
    root = found.body
    const sessions = link(part(root.Links).Sessions)
    const basic = {
      headers: { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
    }
    if (sessions === undefined) return basic
    const made = await exchange(reach, {
      ...{ method: 'POST', path: sessions, signal },
      body: { UserName: user, Password: password },
    })
    const token = made.headers['x-auth-token']
    if (made.status < 300 && typeof token === 'string') {
      const session = made.headers.location ?? link(made.body)
      return { headers: { 'X-Auth-Token': token }, ...(session === undefined ? {} : { session }) }
    }
    if ([404, 405, 501].includes(made.status)) return basic
    const what = 'open a session'
    const refused =
      made.status < 300
        ? new BmcError('bad_answer', `${description}: it opened a session without a token`)
        : made.status === 503
          ? new BmcError('too_many_sessions', `${description}: it opens no session now`, {
              detail: refusal(made, description, what, mask).detail,
            })
          : refusal(made, description, what, mask)
    if (isBmcError(refused, 'auth_failed')) refusedLogin = refused
    throw refused
  }

  /** With a login; one that has ended meanwhile, as by a reset of the BMC, is opened again. */
  async function known(question: Question): Promise<Answer> {
    const isFresh = proof === undefined
    proof ??= await logIn(question.signal)
    const answer = await exchange(reach, { ...question, headers: { ...proof.headers, ...question.headers } })
    if (answer.status !== 401) return answer
    const { session } = proof
    proof = undefined
    if (!isFresh && session !== undefined) return await known(question)
    refusedLogin = refusal(answer, description, 'log in', mask)
    throw refusedLogin
  }

  async function ask(question: Question, what: string): Promise<Answer> {
    const { method, signal } = question
    for (let attempt = 1; ; attempt++) {
      let pause = PAUSE_MS * 2 ** (attempt - 1)
      try {
        const answer = await inTurn(key, signal, () => known(question))
        if (answer.status < 300) return answer
        if (attempt >= ATTEMPTS || !mayRepeat(method, answer.status)) throw refusal(answer, description, what, mask)
        pause = Math.max(pause, 1000 * (Number(answer.headers['retry-after']) || 0))
      } catch (error) {
        const passing = method === 'GET' ? lost : sessionsTaken
        if (attempt >= ATTEMPTS || !isBmcError(error, ...passing)) throw error
      }
      await sleep(Math.min(pause, LONGEST_PAUSE_MS), undefined, signal ? { signal } : {})
    }
  }

  async function change(question: Question, what: string): Promise<Answer> {
    const begun = await ask(question, what)
    const read = (path: string) => ask({ method: 'GET', path: pathOf(path, reach), signal: question.signal }, what)
    const done = begun.status === 202 ? await finishTask(begun, read, description, what, question.signal) : begun
    const bad = complaint(done, description, what, mask)
    if (bad) throw bad
    return done
  }

  /** Anybody may read the root; whoever may read on has logged in. */
  async function open({ signal }: CallOptions = {}): Promise<void> {
    const path = pathOf(link(root?.Systems) ?? `${ROOT}Systems`, reach)
    await ask({ method: 'GET', path, signal }, 'log in')
  }

  const get = async (path: string, { signal, what }: AskOptions) =>
    await ask({ method: 'GET', path: pathOf(path, reach), signal }, what)

  return {
    description,
    open,
    async root(options) {
      if (!root) await open(options)
      return root!
    },
    get: async (path, options) => (await get(path, options)).body,
    post: (path, body, { signal, what }) => change({ method: 'POST', path: pathOf(path, reach), body, signal }, what),
    async patch(path, body, options) {
      const { signal, what } = options
      for (let attempt = 1; ; attempt++) {
        const now = await get(path, options)
        const etag = now.headers.etag ?? now.body['@odata.etag']
        try {
          const question: Question = {
            ...{ method: 'PATCH', path: pathOf(path, reach), signal },
            body: typeof body === 'function' ? body(now.body) : body,
            ...(typeof etag === 'string' ? { headers: { 'If-Match': etag } } : {}),
          }
          await change(question, what)
          return
        } catch (error) {
          if (attempt >= ATTEMPTS || !isBmcError(error) || !error.detail.startsWith('HTTP 412')) throw error
        }
      }
    },
    delete: async (path, { signal, what }) => {
      await change({ method: 'DELETE', path: pathOf(path, reach), signal }, what)
    },
    async close() {
      const { session, headers } = proof ?? {}
      proof = undefined
      try {
        const signal = AbortSignal.timeout(CLOSE_MS)
        if (session !== undefined)
          await exchange(reach, { method: 'DELETE', path: pathOf(session, reach), headers: headers!, signal })
      } catch {
        // It ends by itself.
      } finally {
        for (const agent of Object.values(agents)) agent.destroy()
      }
    },
  }
}

/** Reads that were cut off may be asked again; of a change it is not known whether it was made. */
const lost: readonly BmcErrorCode[] = ['too_many_sessions', 'incomplete']
const sessionsTaken: readonly BmcErrorCode[] = ['too_many_sessions']

/** What failed inside the BMC may have been done; what does not add up when it is done twice is asked again all the same. */
const mayRepeat = (method: Question['method'], status: number): boolean =>
  status === 429 || status === 503 || (method !== 'POST' && [500, 502, 504].includes(status))

/** A link of the BMC's own service: nobody else is told our token. */
function pathOf(target: string, { authority, description }: Reach): string {
  const base = `https://${authority}`
  const url = URL.canParse(target, base) ? new URL(target, base) : undefined
  if (url?.origin === new URL(base).origin) return `${url.pathname}${url.search}`
  throw new BmcError('bad_answer', `${description}: it links to another place`, { detail: target })
}

function checkCredentials({ user, password }: Login, description: string): void {
  const invalid = (what: string, advice?: string) => {
    throw new BmcError('invalid', `${description}: ${what}`, { advice })
  }
  if (user === '') invalid('the name of the user is empty')
  if (password === '') invalid('the password is empty', 'Is a variable not set, or a file empty?')
  if (/\p{Cc}/u.test(user)) invalid('the name of the user has a control character in it')
  if (/\p{Cc}/u.test(password)) invalid('the password has a line break or another control character in it')
}
