import { sensitive } from '@lares/core'
import * as z from 'zod'
import type { Audience, Channel } from '../../client/index.ts'

const line = z.string().regex(/^[^\x00-\x1f\x7f]+$/, 'Expected one line')
const value = z
  .string()
  .min(1)
  .regex(/^[^\x00]+$/, 'Expected text without NUL')
/** One of a list that alarm-notify.sh separates by spaces and commas, and looks up as a pattern. */
const word = z.string().regex(/^[^\s,|*?[\]'"\\$`]+$/, 'Expected one word')
const url = z.url({ protocol: /^https?$/ })

const fields = z.object({
  email: z
    .strictObject({
      to: z.array(z.email().and(word)).min(1).describe('Addresses'),
      from: line.optional().describe('`me@example.com`, or `Netdata <me@example.com>`'),
    })
    .optional()
    .describe('By the sendmail of the host'),
  telegram: z
    .strictObject({
      token: sensitive(value).describe('Of the bot'),
      chats: z
        .array(z.string().regex(/^(-?\d+(:\d+)?|@\w+)$/, 'Expected the number of a chat, or @channel'))
        .min(1)
        .describe('Numbers of chats; `CHAT:TOPIC` for newer agents'),
    })
    .optional(),
  discord: z
    .strictObject({
      webhook: sensitive(url.regex(/[^/]$/, 'Expected no / at its end')).describe('URL of a webhook'),
      channel: word.default('alarms').describe('What Netdata calls it; the webhook knows where it posts'),
    })
    .optional(),
  ntfy: z
    .strictObject({
      server: url.default('https://ntfy.sh'),
      topic: z.string().regex(/^[\w-]{1,64}$/, 'Expected letters, digits, - and _, at most 64'),
      token: sensitive(line).optional().describe('An access token'),
      username: line.optional(),
      password: sensitive(line).optional(),
    })
    .optional()
    .describe('A push to phones, by ntfy.sh or a server of your own'),
  webhook: z
    .strictObject({
      url: sensitive(url).describe('Where a JSON object is posted'),
      headers: z.record(z.string().regex(/^[\w-]+$/, 'Expected the name of a header'), sensitive(line)).default({}),
      token: sensitive(line).optional().describe('Sent as `Authorization: Bearer …`'),
      username: line.optional(),
      password: sensitive(line).optional(),
    })
    .optional()
    .describe('Any other: each alarm is posted as JSON'),
  roles: z
    .array(z.string().regex(/^[A-Za-z][\w-]*$/, 'Expected the name of a role'))
    .min(1)
    .optional()
    .describe('Whose alarms are sent, as the alarms name them with `to`: `sysadmin`, `webmaster`; all when absent'),
  severity: z
    .enum(['all', 'critical'])
    .default('all')
    .describe('`critical`: only alarms that became critical, until they are over'),
})
export const kinds = ['email', 'telegram', 'discord', 'ntfy', 'webhook'] as const

export const inputs = fields.refine((wanted) => kinds.filter((kind) => wanted[kind] !== undefined).length === 1, {
  path: ['webhook'],
  message: `Expected exactly one of ${kinds.join(', ')}`,
})
export type Inputs = z.output<typeof inputs>

export const kindOf = (wanted: Inputs) => kinds.find((kind) => wanted[kind] !== undefined)!

export function channelOf(wanted: Inputs): Channel {
  const kind = kindOf(wanted)
  return { kind, ...wanted[kind] } as Channel
}

export const audienceOf = ({ roles, severity }: Inputs): Audience => ({ roles, isCritical: severity === 'critical' })
