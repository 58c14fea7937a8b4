import {
  type Change,
  type CreateContext,
  type DiffContext,
  defineResource,
  fail,
  isUnknown,
  type Owner,
  type PrepareContext,
  sensitive,
} from '@lares/core'
import * as z from 'zod'
import {
  blockHead,
  dropNotification,
  type NetdataAgent,
  notificationBlock,
  readNotification,
  readNotifier,
  saveNotification,
  testNotification,
} from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { audienceOf, channelOf, type Inputs, inputs, kindOf } from './notification/inputs.ts'

const attributes = z.object({
  block: sensitive(z.string()).describe('Its lines of health_alarm_notify.conf'),
  overridden: z.boolean().describe('Somebody else has defined custom_sender after it, so that nothing is sent'),
})
type Attributes = z.output<typeof attributes>

const markOf = ({ lab, address }: Owner) => `${lab}/${address}`
const blockOf = (wanted: Inputs, owner: Owner) =>
  notificationBlock(channelOf(wanted), markOf(owner), audienceOf(wanted))

const isOpen = (value: unknown): boolean =>
  isUnknown(value) || (typeof value === 'object' && value !== null && Object.values(value).some(isOpen))

async function write({ connection, inputs: wanted, owner, signal }: CreateContext<Inputs, NetdataAgent>) {
  if (!(await connection.version(signal)))
    fail({
      ...{ code: 'no_agent', summary: `${connection.host.description} has no Netdata` },
      advice: 'Install it with netdata.agent, or name what does in "dependsOn".',
    })
  const block = blockOf(wanted, owner)
  await saveNotification(connection, markOf(owner), block, signal)
  return { block, overridden: false }
}

function changesOf({ desired, observed, owner, recorded, diff }: DiffContext<Inputs, Attributes>): Change[] {
  const wanted = isOpen(desired) ? undefined : blockOf(desired, owner)
  // All that can be said of it is in its lines.
  const changes = wanted === observed.block || recorded === undefined ? [] : diff()
  const drifted = (change: Pick<Change, 'path' | 'before' | 'after'>): Change => ({
    ...{ ...change, effect: 'live', cause: 'drifted' },
  })
  return [
    ...changes,
    ...(wanted === undefined || wanted === observed.block || changes.length > 0
      ? []
      : [{ ...drifted({ path: 'block', before: observed.block, after: wanted }), secret: true }]),
    ...(observed.overridden ? [drifted({ path: 'overridden', before: true, after: false })] : []),
  ]
}

/** What its own script needs, and who has it. */
async function refuseWithout({ inputs: wanted, connection, signal, warn }: PrepareContext<Inputs, NetdataAgent>) {
  if (!(await connection.version(signal))) return null
  const { has } = await readNotifier(connection, signal)
  const path = kindOf(wanted)
  const lacks = (code: string, what: string, advice: string) => ({
    ...{ code, path, summary: `The agent has no ${what}, which sends notifications`, advice },
  })
  if (!has.has('notify'))
    fail(lacks('no_notifier', 'alarm-notify.sh', "Install Debian's package netdata-plugins-bash."))
  if (path !== 'email' && !has.has('curl')) fail(lacks('no_curl', 'curl', 'Install curl where the agent runs.'))
  // A line of somebody else may name another program.
  if (path === 'email' && !has.has('sendmail'))
    warn(lacks('no_sendmail', 'sendmail', 'Install a mail server, or what hands mail on to one, such as msmtp-mta.'))
  return null
}

export const notification = defineResource({
  type: 'netdata.notification',
  description: 'Where an agent sends its alarms: e-mail, ntfy, Telegram, Discord, or any webhook.',
  proof: 'real',
  ownership: 'shared',
  provider: netdataProvider,
  needs: needsAgent,
  inputs,
  attributes,
  identity: (_, owner) => markOf(owner),
  // Netdata keeps one bot and one webhook.
  claims: (wanted) => {
    const kind = kindOf(wanted)
    const isSingle = kind === 'telegram' || kind === 'discord'
    return isSingle ? [{ kind: 'notification channel', scope: 'connection', key: kind }] : []
  },
  prepare: refuseWithout,
  async read({ connection, identity, signal }) {
    const found = await readNotification(connection, identity, signal)
    return found ? { block: found.block, overridden: found.isOverridden } : null
  },
  diff: changesOf,
  create: write,
  update: write,
  delete: ({ connection, identity, signal }) => dropNotification(connection, identity, signal),
  actions: {
    test: {
      description: 'Send three test alarms to a role, and tell what came of it.',
      options: z.object({
        role: z.string().optional().describe('Whose; the first of its roles, or sysadmin, when absent'),
      }),
      readOnly: true,
      async run({ connection, identity, observed: { block }, options: { role }, signal, write }) {
        const { kind, roles } =
          blockHead(block) ?? fail({ code: 'drifted', summary: 'Its lines were changed by hand: apply it first' })
        const lines = await testNotification(connection, role ?? roles?.[0] ?? 'sysadmin', signal)
        const isPosted = kind === 'ntfy' || kind === 'webhook'
        const about = isPosted ? `${kind} notification of ${identity} for` : `${kind} notification for`
        const told = lines.filter((line) => line.includes(about))
        const isSent = told.some((line) => line.includes(`sent ${about}`))
        const isRefused = told.some((line) => line.includes(`failed to send ${about}`))
        // What curl and sendmail say stands on lines of their own.
        const shown = isSent && !isRefused ? told : lines.filter((line) => line !== '')
        for (const line of shown) write(`${line}\n`, isSent && !isRefused ? 'stdout' : 'stderr')
        return isSent && !isRefused ? 0 : 1
      },
    },
  },
})
