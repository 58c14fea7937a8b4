import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { blockHead, type Channel, notificationBlock } from './channels.ts'
import { quote } from './shell.ts'

const bash = (script: string) => execFileSync('bash', ['-c', script], { encoding: 'utf8' })

test.each(["it's", '$(id) `id` ${HOME}', '"q" \\ \\n', 'two\nlines\tand\x01more', "'\n'", 'ünï ☃', '-e', '!x', ''])(
  'bash takes %j as it is',
  (text) => {
    expect(bash(`printf %s ${quote(text)}`)).toBe(text)
    expect(quote(text)).not.toContain('\n')
  },
)

const method = { webhook: 'custom', ntfy: 'custom' } as Record<string, string>
const channels: Channel[] = [
  { kind: 'email', to: ['me@example.com'], from: '$(id)' },
  { kind: 'telegram', token: '$(id)', chats: ['42'] },
  { kind: 'discord', webhook: 'https://discord.example/$(id)', channel: 'alarms' },
  { kind: 'ntfy', server: 'https://ntfy.example', topic: 'lab' },
  { kind: 'webhook', url: 'https://example.com', headers: {} },
]
/** As alarm-notify.sh has them when it reads the file. */
const before = (name: string) =>
  `custom_sender() { :; }; declare -A role_recipients_${name}; role_recipients_${name}[dba]=dba@x; role_recipients_${name}[off]=disabled`
const after = (name: string) =>
  `echo "$DEFAULT_RECIPIENT_${name.toUpperCase()}/\${role_recipients_${name}[dba]}/\${role_recipients_${name}[off]}/\${role_recipients_${name}[web]}"`

test.each(channels)('$kind is sent to all roles, or to those that are named, beside who is there', (channel) => {
  const name = method[channel.kind] ?? channel.kind
  const all = notificationBlock(channel, 'home/a', { isCritical: false })
  const some = notificationBlock(channel, 'home/a', { roles: ['web'], isCritical: true })
  expect(blockHead(all)).toEqual({ kind: channel.kind, roles: undefined })
  expect(blockHead(some)).toEqual({ kind: channel.kind, roles: ['web'] })
  expect(bash([before(name), all, after(name)].join('\n'))).toMatch(/^ \S+\/dba@x \S+\/disabled\/\n$/)
  expect(bash([before(name), some, after(name)].join('\n'))).toMatch(/^\/dba@x\/disabled\/ \S+\|critical\n$/)
})
