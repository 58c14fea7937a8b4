import { createHash, randomBytes } from 'node:crypto'
import type { RigMachine } from '../bmc/machine.ts'
import { changeAccount, changeChassis, changeLan, changeSystem, Refused } from './changes.ts'
import { type Resource, type Resources, resetTypes, resourcesOf, roles } from './resources.ts'
import type { Account, RedfishState, Style } from './state.ts'

export interface Asked {
  readonly method: string
  /** With what follows a question mark. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Resource
}

export interface Answered {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Resource
}

export const MOST_SESSIONS = 8
const TASK_MS = 700
const RESTART_MS = 1_500

const etagOf = (resource: Resource): string =>
  `"${createHash('sha256').update(JSON.stringify(resource)).digest('hex').slice(0, 16)}"`

/** A Redfish service, DSP0266, of one machine. */
export function redfishService(state: RedfishState, style: Style, machine: RigMachine) {
  const now = async (): Promise<Resources> =>
    resourcesOf(state, style, (await machine.tell('get', 'power')) === 'power:1' ? 'On' : 'Off')

  function whoAsks({ headers }: Asked): Account {
    const token = headers['x-auth-token']
    const session = typeof token === 'string' ? state.sessions.get(token) : undefined
    const [, encoded] = /^Basic (\S+)$/.exec(String(headers.authorization ?? '')) ?? []
    const [name, password] = encoded ? splitOnce(Buffer.from(encoded, 'base64').toString()) : []
    const account = [...state.accounts.values()].find((each) =>
      session ? each.name === session.user : name !== undefined && mayEnter(each, name, password),
    )
    if (account) return account
    throw new Refused(401, 'NoValidSession', 'There is no valid session with this token, and no such user.')
  }

  function need(account: Account, privilege: string): void {
    if (!roles[account.role]?.includes(privilege))
      throw new Refused(403, 'InsufficientPrivilege', 'The privileges of this user are not enough.')
  }

  async function logIn(body: Resource): Promise<Answered> {
    const { UserName, Password } = body
    const account = [...state.accounts.values()].find((each) => mayEnter(each, UserName, Password))
    if (!account) throw new Refused(401, 'ResourceAtUriUnauthorized', `No login for ${UserName} with ${Password}.`)
    if (state.sessions.size >= MOST_SESSIONS)
      throw new Refused(503, 'SessionLimitExceeded', 'There are too many sessions.')
    const token = randomBytes(16).toString('hex')
    const id = randomBytes(4).toString('hex')
    state.sessions.set(token, { id, user: account.name })
    const path = `/redfish/v1/SessionService/Sessions/${id}`
    return { status: 201, headers: { 'X-Auth-Token': token, Location: path }, body: (await now()).get(path)! }
  }

  async function read(resources: Resources, { url }: Asked): Promise<Answered> {
    const { pathname, searchParams } = new URL(url, 'https://rig')
    const found = resources.get(trimmed(pathname))
    if (!found) throw missing(pathname)
    const isOver = /\/TaskService\/Tasks\/\w+$/.test(pathname) && found.TaskState === 'Running'
    const members =
      style === 'modern' && searchParams.has('$expand') ? (found.Members as { '@odata.id': string }[]) : []
    const body =
      members?.length > 0 ? { ...found, Members: members.map((each) => resources.get(each['@odata.id'])) } : found
    return { status: isOver ? 202 : 200, headers: { ETag: etagOf(found) }, body }
  }

  async function resetMachine({ ResetType: type }: Resource): Promise<Answered> {
    if (typeof type !== 'string' || !resetTypes.includes(type))
      throw new Refused(400, 'ActionParameterNotSupported', `ResetType ${JSON.stringify(type)} is not supported.`)
    const isOn = (await machine.tell('get', 'power')) === 'power:1'
    if (style === 'classic' && (type === 'On') === isOn)
      throw new Refused(409, 'InvalidOperationForSystemState', `The machine is ${isOn ? 'on' : 'off'} already.`)
    const words = { On: 'power 1', ForceOff: 'power 0', ForceRestart: 'reset 1' } as Record<string, string>
    if (type === 'PowerCycle') {
      await machine.tell('set', 'power', '0')
      await machine.tell('set', 'power', '1')
    } else await machine.tell('set', ...(words[type] ?? 'shutdown 1').split(' '))
    return style === 'classic' ? { status: 204 } : begun()
  }

  function begun(): Answered {
    const id = `${state.tasks.size + 1}`
    state.tasks.set(id, { id, started: Date.now(), done: Date.now() + TASK_MS })
    const path = `/redfish/v1/TaskService/Tasks/${id}`
    return { status: 202, headers: { Location: path, 'Retry-After': '1' } }
  }

  function resetManager({ ResetType: type }: Resource): Answered {
    if (type !== 'ForceRestart' && type !== 'GracefulRestart')
      throw new Refused(400, 'ActionParameterNotSupported', `ResetType ${JSON.stringify(type)} is not supported.`)
    state.awayUntil = Date.now() + RESTART_MS
    state.sessions.clear()
    return { status: 204 }
  }

  async function createAccount(body: Resource): Promise<Answered> {
    if (style === 'classic') throw new Refused(405, 'OperationNotAllowed', 'Accounts are not made here.')
    const id = String(body.UserName ?? '')
    if (id === '' || body.Password === undefined || body.RoleId === undefined)
      throw new Refused(400, 'CreateFailedMissingReqProperties', 'UserName, Password and RoleId are needed.')
    if (state.accounts.has(id)) throw new Refused(400, 'ResourceAlreadyExists', 'A user of that name exists already.')
    const account: Account = { id, name: '', password: '', role: '', enabled: true, types: ['Redfish', 'IPMI'] }
    changeAccount(account, style, body, [...state.accounts.values()])
    state.accounts.set(id, account)
    const path = `/redfish/v1/AccountService/Accounts/${encodeURIComponent(id)}`
    return { status: 201, headers: { Location: path }, body: (await now()).get(path)! }
  }

  async function change(resources: Resources, asked: Asked): Promise<Answered> {
    const path = trimmed(new URL(asked.url, 'https://rig').pathname)
    const found = resources.get(path)
    if (!found) throw missing(path)
    const expected = asked.headers['if-match']
    if (expected === undefined && style === 'classic')
      throw new Refused(428, 'PreconditionRequired', 'The request needs If-Match.')
    if (expected !== undefined && expected !== '*' && expected !== etagOf(found))
      throw new Refused(412, 'PreconditionFailed', 'It has changed meanwhile.')
    const [, id] = /\/Accounts\/([^/]+)$/.exec(path) ?? []
    const account = id === undefined ? undefined : state.accounts.get(decodeURIComponent(id))
    if (account) changeAccount(account, style, asked.body, [...state.accounts.values()])
    else if (/\/Systems\/1$/.test(path)) changeSystem(state, style, asked.body)
    else if (/\/Chassis\/1U$/.test(path)) changeChassis(state, style, asked.body)
    else if (/\/EthernetInterfaces\/eth0$/.test(path)) changeLan(state, asked.body)
    else throw new Refused(405, 'OperationNotAllowed', 'This is not changed.')
    const after = (await now()).get(path)
    return { status: 200, ...(after ? { headers: { ETag: etagOf(after) }, body: after } : {}) }
  }

  function remove(path: string): Answered {
    const [, kind, id] = /\/(Sessions|Accounts)\/([^/]+)$/.exec(path) ?? []
    if (kind === 'Sessions')
      for (const [token, session] of state.sessions) if (session.id === id) state.sessions.delete(token)
    if (kind === 'Accounts') {
      if (style === 'classic') throw new Refused(405, 'OperationNotAllowed', 'Accounts are not deleted here.')
      state.accounts.delete(decodeURIComponent(id!))
    }
    return { status: 204 }
  }

  async function route(asked: Asked): Promise<Answered> {
    const path = trimmed(new URL(asked.url, 'https://rig').pathname)
    const { method, body } = asked
    if (method === 'GET' && path === '/redfish') return { status: 200, body: { v1: '/redfish/v1/' } }
    if (method === 'GET' && path === '/redfish/v1/') return await read(await now(), asked)
    if (method === 'POST' && path === '/redfish/v1/SessionService/Sessions') return await logIn(body)
    const account = whoAsks(asked)
    const resources = await now()
    need(account, 'Login')
    if (method === 'GET') return await read(resources, asked)
    if (!/\/Sessions\//.test(path))
      need(account, /AccountService/.test(path) ? 'ConfigureUsers' : 'ConfigureComponents')
    if (method === 'PATCH') return await change(resources, asked)
    if (method === 'DELETE' && resources.has(path)) return remove(path)
    if (method === 'POST' && path.endsWith('/Actions/ComputerSystem.Reset')) return await resetMachine(body)
    if (method === 'POST' && path.endsWith('/Actions/Manager.Reset')) return resetManager(body)
    if (method === 'POST' && path.endsWith('/AccountService/Accounts')) return await createAccount(body)
    if (!resources.has(path)) throw missing(path)
    throw new Refused(405, 'OperationNotAllowed', 'That is not done here.')
  }

  return async (asked: Asked): Promise<Answered> => {
    try {
      return await route(asked)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { status, key, message } = error
      return { status, body: errorBody(key, message) }
    }
  }
}

/** The body of a refusal, 8.6 of DSP0266. */
export const errorBody = (key: string, message: string): Resource => ({
  error: {
    code: 'Base.1.0.GeneralError',
    message: 'See the extended information.',
    '@Message.ExtendedInfo': [
      {
        ...{ '@odata.type': '#Message.v1_0_3.Message', MessageId: `Base.1.0.${key}`, Message: message },
        ...{ MessageArgs: [], Severity: 'Critical', Resolution: 'None.' },
      },
    ],
  },
})

const missing = (path: string) => new Refused(404, 'ResourceMissingAtURI', `There is nothing at ${path}.`)
const trimmed = (path: string) =>
  path === '/redfish/v1' || path === '/redfish/v1/' ? '/redfish/v1/' : path.replace(/\/+$/, '')
const mayEnter = ({ name, password, enabled }: Account, user: unknown, secret: unknown) =>
  enabled && name !== '' && name === user && password === secret
const splitOnce = (text: string): [string, string] => {
  const end = text.indexOf(':')
  return [text.slice(0, end), text.slice(end + 1)]
}
