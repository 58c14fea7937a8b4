import { BmcError, type BmcErrorCode } from '../error.ts'
import { type Json, part, parts, text } from './values.ts'

/** One of `@Message.ExtendedInfo`, DSP0266 8.3.3 and the message registry `Base`, DSP8011. */
interface Message {
  /** Without registry and version: `PropertyValueNotInList`. */
  readonly key: string
  readonly says: string
  readonly bad: boolean
}

const byKey: readonly (readonly [RegExp, BmcErrorCode])[] = [
  [/^SessionLimitExceeded$/, 'too_many_sessions'],
  [/^(NoValidSession|ResourceAtUriUnauthorized)$/, 'auth_failed'],
  [/^(InsufficientPrivilege.*|AccessDenied|PasswordChangeRequired)$/, 'forbidden'],
  [/^(ServiceTemporarilyUnavailable|ServiceInUnknownState|ServiceShuttingDown|ResourceInUse)$/, 'busy'],
  [/^(ActionNotSupported|ActionParameter(NotSupported|Unknown)|OperationNotAllowed|PropertyUnknown)$/, 'unsupported'],
  [
    /^(Property(NotWritable|NotUpdated)|QueryNotSupported.*|UnsupportedOperation|InsufficientPrivilege)$/,
    'unsupported',
  ],
]

const byStatus: Readonly<Record<number, BmcErrorCode>> = {
  401: 'auth_failed',
  403: 'forbidden',
  404: 'unsupported',
  405: 'unsupported',
  410: 'unsupported',
  429: 'busy',
  501: 'unsupported',
  502: 'busy',
  503: 'busy',
  504: 'busy',
}

/** What an answer says besides, wherever it stands in it. */
export function messagesIn(body: Json): Message[] {
  const lists = [part(body.error), body].flatMap((each) =>
    Object.entries(each).flatMap(([name, value]) => (name.endsWith('@Message.ExtendedInfo') ? parts(value) : [])),
  )
  return lists.map((each) => {
    const key = text(each.MessageId)?.split('.').at(-1) ?? ''
    const severity = text(each.MessageSeverity) ?? text(each.Severity)
    const says = [text(each.Message) ?? key, text(each.Resolution)].filter((line) => line && !/^none\.?$/i.test(line))
    return { key, says: says.join(' '), bad: severity === undefined ? false : severity !== 'OK' }
  })
}

/** What must not be said on, such as a password that the BMC repeats. */
export type Mask = (text: string) => string

export interface Refused {
  readonly status: number
  readonly body: Json
}

const codeOf = (status: number, messages: readonly Message[]): BmcErrorCode => {
  for (const [pattern, code] of byKey) if (messages.some(({ key }) => pattern.test(key))) return code
  return byStatus[status] ?? 'refused'
}

const summaries: { readonly [code in BmcErrorCode]?: string } = {
  auth_failed: 'it does not take this user with this password',
  too_many_sessions: 'all of its sessions are taken',
}

const advices: { readonly [code in BmcErrorCode]?: string } = {
  auth_failed: 'Look at user and password in the web interface of the BMC; is its account locked?',
  forbidden: 'Log in as an administrator of the BMC.',
  too_many_sessions: 'Others are connected. They end by themselves after a while, or when the BMC is reset.',
}

/** The failure that an answer with an HTTP error is. */
export function refusal({ status, body }: Refused, description: string, what: string, mask: Mask): BmcError {
  const messages = messagesIn(body)
  const code = codeOf(status, messages)
  const said = mask(messages.map(({ says }) => says).join('\n') || text(part(body.error).message) || '')
  const summary = summaries[code] ?? `${what}: ${said.split('\n')[0] || `HTTP ${status}`}`
  const changesPassword = messages.some(({ key }) => key === 'PasswordChangeRequired')
  return new BmcError(code, `${description}: ${summary}`, {
    detail: [`HTTP ${status}`, said].filter(Boolean).join('\n'),
    advice: changesPassword ? 'Set another password for this user in the BMC first.' : advices[code],
  })
}

/** Said beside a success, and no failure. */
const HARMLESS = /^(Success|Accepted|Created|NoOperation|ResetRequired|AccountModified|AccountRemoved|.*Success.*)$/

/** The part of a change that was not made though the answer is a success. */
export function complaint(
  { status, body }: Refused,
  description: string,
  what: string,
  mask: Mask,
): BmcError | undefined {
  const bad = messagesIn(body).filter((each) => each.bad && !HARMLESS.test(each.key))
  if (bad.length === 0) return undefined
  return refusal(
    { status, body: { '@Message.ExtendedInfo': bad.map(({ key, says }) => ({ MessageId: key, Message: says })) } },
    description,
    what,
    mask,
  )
}
