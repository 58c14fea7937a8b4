import * as z from 'zod'
import { parseAnswer, text } from './answer.ts'
import { NetdataError } from './error.ts'
import { ask, type CallOptions } from './request.ts'
import type { Scope } from './scope.ts'

/** Which alarms are meant: all that are said must match. Each is a simple pattern, such as `disk_* !disk_sda`. */
export interface Selector {
  readonly alarm?: string | undefined
  readonly chart?: string | undefined
  readonly context?: string | undefined
  /** Hostnames. */
  readonly host?: string | undefined
  /** Agents before 2.0 only. */
  readonly family?: string | undefined
}

export interface Silencers {
  /** Whether matching alarms are quiet, or not even calculated. One agent has one kind for all its selectors. */
  readonly kind: 'silence' | 'disable' | null
  /** Every alarm is meant, whatever the selectors are. */
  readonly all: boolean
  /** The newest first. */
  readonly selectors: readonly Selector[]
}

/** The health management API. An agent keeps what it is told over a restart, in `health.silencers.json`. */
export interface HealthManagement {
  list(options?: CallOptions): Promise<Silencers>
  /** Adds a selector. All that are there, also those that disabled, silence from now on. */
  silence(selector: Selector, options?: CallOptions): Promise<void>
  /** Adds a selector. All that are there, also those that silenced, disable from now on. */
  disable(selector: Selector, options?: CallOptions): Promise<void>
  silenceAll(options?: CallOptions): Promise<void>
  disableAll(options?: CallOptions): Promise<void>
  /** Removes all selectors; there is no way to remove one. */
  reset(options?: CallOptions): Promise<void>
}

const silencer = z.object({ alarm: text, template: text, chart: text, context: text, hosts: text, families: text })

export const silencersAnswer = z.object({
  all: z.boolean(),
  type: z.enum(['None', 'SILENCE', 'DISABLE']),
  silencers: z.array(silencer),
})

/** The parameters that selectors are in requests, and in the list. */
const parameters = {
  alarm: 'alarm',
  chart: 'chart',
  context: 'context',
  host: 'hosts',
  family: 'families',
} as const satisfies Record<keyof Selector, keyof z.output<typeof silencer>>

const kinds = { None: null, SILENCE: 'silence', DISABLE: 'disable' } as const

export function silencersOf({ all, type, silencers }: z.output<typeof silencersAnswer>): Silencers {
  const selectors = silencers.map((one) =>
    Object.fromEntries(
      Object.entries(parameters).flatMap(([name, parameter]) => (one[parameter] ? [[name, one[parameter]]] : [])),
    ),
  )
  return { kind: kinds[type], all, selectors }
}

/** The file in which an agent keeps them. @throws NetdataError `bad_answer` */
export const parseSilencers = (text: string, from: string): Silencers =>
  silencersOf(parseAnswer(silencersAnswer, listOf(text), { request: 'read the silenced alarms', from }))

export function formatSilencers({ kind, all, selectors }: Silencers): string {
  const silencers = selectors.map((one) =>
    Object.fromEntries(
      Object.entries(parameters).flatMap(([name, parameter]) => {
        const pattern = one[name as keyof Selector]
        return pattern === undefined ? [] : [[parameter, pattern]]
      }),
    ),
  )
  const type = all || selectors.length > 0 ? Object.entries(kinds).find(([, each]) => each === kind)![0] : 'None'
  return `${JSON.stringify({ all, type, silencers })}\n`
}

/** A list is followed by a warning where it has no effect. */
export const listOf = (answer: string): string => answer.slice(0, answer.lastIndexOf('}') + 1)

/**
 * Speaks with `manage/health`, which exists in the first API only and answers, unless its netdata.conf says otherwise,
 * to the agent's own machine. The token is in the file `netdata.api.key` of the agent's lib folder.
 * @throws NetdataError `forbidden` for a wrong token.
 */
export function healthManagementOf({ reach }: Scope, token: string): HealthManagement {
  const tell = async (
    request: string,
    cmd: string,
    selector: Selector = {},
    { options, changes = true }: { options?: CallOptions | undefined; changes?: boolean } = {},
  ) => {
    const answer = await ask(reach, {
      request,
      path: '/api/v1/manage/health',
      query: { cmd, ...parametersOf(request, selector) },
      headers: { 'X-Auth-Token': token },
      changes,
      options,
    })
    return answer.text
  }
  const change = async (request: string, cmd: string, options?: CallOptions, selector?: Selector) => {
    const answer = await tell(request, cmd, selector, { options })
    if (answer.trim() !== '' && !answer.includes('WARNING')) return
    throw new NetdataError('refused', `${request}: ${reach.description} did not do it`, { detail: answer.trim() })
  }
  const add = async (cmd: string, selector: Selector, options?: CallOptions) => {
    const request = `${cmd.toLowerCase()} alarms`
    if (Object.values(selector).some(Boolean)) return await change(request, cmd, options, selector)
    throw new NetdataError('refused', `${request}: the selector is empty`, { advice: `Or ask for all.` })
  }
  return {
    async list(options) {
      const request = 'list the silenced alarms'
      const answer = await tell(request, 'LIST', {}, { options, changes: false })
      return silencersOf(parseAnswer(silencersAnswer, listOf(answer), { request, from: reach.description }))
    },
    silence: (selector, options) => add('SILENCE', selector, options),
    disable: (selector, options) => add('DISABLE', selector, options),
    silenceAll: (options) => change('silence all alarms', 'SILENCE ALL', options),
    disableAll: (options) => change('disable all alarms', 'DISABLE ALL', options),
    reset: (options) => change('reset the silenced alarms', 'RESET', options),
  }
}

/** An agent splits parameters after it has decoded them, and writes its list and its file without escaping anything. */
function parametersOf(request: string, selector: Selector): Record<string, string> {
  const entries = Object.entries(selector).filter((entry): entry is [keyof Selector, string] => Boolean(entry[1]))
  for (const [name, pattern] of entries) {
    if (/[&"\\]|\p{Cc}/u.test(pattern)) {
      throw new NetdataError('refused', `${request}: an agent can't be told the ${name} ${JSON.stringify(pattern)}`)
    }
  }
  return Object.fromEntries(entries.map(([name, pattern]) => [parameters[name], pattern]))
}
