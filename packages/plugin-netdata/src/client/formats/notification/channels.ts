import { textOf } from '../marked-block.ts'
import { ALARM, ntfyBody, type Post, postLines } from './posting.ts'
import { type Audience, noDefaultMail, recipientLines } from './recipients.ts'
import { quote } from './shell.ts'

/** Where notifications go. Variables of each: `health_alarm_notify.conf` of Netdata, the same from 1.37 to 2.x. */
export type Channel =
  | { readonly kind: 'email'; readonly to: readonly string[]; readonly from?: string | undefined }
  | { readonly kind: 'telegram'; readonly token: string; readonly chats: readonly string[] }
  | { readonly kind: 'discord'; readonly webhook: string; readonly channel: string }
  | ({ readonly kind: 'ntfy'; readonly server: string; readonly topic: string } & Credentials)
  | ({
      readonly kind: 'webhook'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
    } & Credentials)

interface Credentials {
  readonly token?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** The lines of a channel for a health_alarm_notify.conf, which bash reads after the one that Netdata brought. */
export function notificationBlock(channel: Channel, mark: string, audience: Audience): string {
  const head = `# ${channel.kind} for ${audience.roles?.join(' ') ?? 'all roles'}`
  return textOf([head, ...linesFor(channel, mark, audience)])
}

/** What the first line of a block tells; undefined where it was changed. */
export function blockHead(block: string): { kind: Channel['kind']; roles: string[] | undefined } | undefined {
  const [, kind, roles] = /^# (email|telegram|discord|ntfy|webhook) for (.+)$/m.exec(block) ?? []
  return kind === undefined || roles === undefined
    ? undefined
    : { kind: kind as Channel['kind'], roles: roles === 'all roles' ? undefined : roles.split(' ') }
}

function linesFor(channel: Channel, mark: string, audience: Audience): string[] {
  switch (channel.kind) {
    case 'email':
      return [
        'SEND_EMAIL=YES',
        ...(channel.from === undefined ? [] : [`EMAIL_SENDER=${quote(channel.from)}`]),
        ...noDefaultMail,
        ...recipientLines('email', channel.to, audience),
      ]
    case 'telegram':
      return [
        'SEND_TELEGRAM=YES',
        `TELEGRAM_BOT_TOKEN=${quote(channel.token)}`,
        ...recipientLines('telegram', channel.chats, audience),
      ]
    case 'discord':
      return [
        'SEND_DISCORD=YES',
        `DISCORD_WEBHOOK_URL=${quote(channel.webhook)}`,
        ...recipientLines('discord', [channel.channel], audience),
      ]
    case 'ntfy':
      return postLines(
        'ntfy',
        mark,
        { ...signedIn(channel), url: channel.server, body: ntfyBody(channel.topic) },
        audience,
      )
    case 'webhook': {
      const { headers, user } = signedIn(channel)
      const post = { url: channel.url, user, headers: { ...headers, ...channel.headers }, body: ALARM }
      return postLines('webhook', mark, post, audience)
    }
  }
}

const signedIn = ({ token, username, password }: Credentials): Pick<Post, 'headers' | 'user'> => ({
  headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  ...(username === undefined ? {} : { user: `${username}:${password ?? ''}` }),
})
