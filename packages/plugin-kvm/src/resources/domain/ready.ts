import { errorCode, fail, type ReadyContext } from '@lares/core'
import { connectHost, type Host, type HostError, isHostError } from '@lares/transport'
import type { Libvirt } from '../../client/index.ts'
import { endpointOf } from './endpoint.ts'
import { expectRunning, pause } from './power.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'

type Context = ReadyContext<DomainInputs, DomainAttributes, Libvirt, Host>

const PAUSE = 1000
const CONNECT_MS = 5000
/** How long a login may be refused: its key may come after sshd. */
const LOGIN_MS = 60_000
const CLOUD_INIT_MS = 3_600_000
const LAST_LINES = 40

/** A guest is ready when it answers as a host, and when cloud-init has done what it was told. */
export async function isReady(context: Context): Promise<void> {
  const { inputs, attributes, signal } = context
  if (!attributes.running || inputs.running === false) return
  const endpoint = endpointOf(inputs, attributes)
  if (!endpoint) return expectNone(context)
  const host = await logIn(context, endpoint)
  try {
    if (inputs.cloudInit) await awaitCloudInit(host, context)
  } catch (error) {
    if (!isHostError(error, 'connection_lost')) throw error
    // It restarted itself, as cloud-init may be told to.
    await pause(PAUSE, signal)
    return await isReady(context)
  } finally {
    await host.close()
  }
}

/** A guest that somebody is to log in to has an address. */
function expectNone({ inputs, attributes: { name, interfaces }, address }: Context): void {
  if (!inputs.cloudInit && !inputs.ssh) return
  fail({
    code: 'no_address',
    address,
    summary: `${name} runs, but nothing tells its address`,
    detail:
      interfaces.length === 0
        ? 'it has no interfaces'
        : `no network leases addresses to ${interfaces.map(({ mac }) => mac).join(', ')}, and no agent in the guest tells them`,
    advice: 'Let the network lease addresses (dhcp), install qemu-guest-agent in it, or say ssh: { address: … }.',
  })
}

/** Logs in, again and again until the guest has come so far. */
async function logIn(context: Context, endpoint: NonNullable<ReturnType<typeof endpointOf>>): Promise<Host> {
  const { connection, attributes, address, signal, log } = context
  let refused: number | undefined
  for (let told = false; ; told = true) {
    try {
      return await connectHost({ ...endpoint, connectTimeout: CONNECT_MS }, { signal, via: connection.host })
    } catch (error) {
      signal.throwIfAborted()
      const code = errorCode(error)
      if (code === 'auth_failed') {
        refused ??= Date.now()
        if (Date.now() - refused > LOGIN_MS) refusedLogin(context, endpoint, error)
      } else if (!isHostError(error) || !WAITED_FOR.has(error.code)) throw error
      if (!told) log(`waiting for SSH at ${endpoint.address}`)
      await expectRunning({ connection, address, signal }, attributes.name)
      await pause(PAUSE, signal)
    }
  }
}

function refusedLogin(
  { attributes, address }: Context,
  { user }: { user?: string | undefined },
  error: unknown,
): never {
  const { message, detail } = error as HostError
  return fail(
    {
      code: 'auth_failed',
      address,
      summary: `${attributes.name} lets nobody in${user === undefined ? '' : ` as ${user}`}: ${message}`,
      detail,
      advice:
        'The public half of a key that is here belongs into cloudInit: { authorizedKeys }, and ssh: { user, identityFiles } says who logs in and with which. What is in a guest already changes only with onChange: "new-instance-id".',
    },
    error,
  )
}

const WAITED_FOR: ReadonlySet<string> = new Set([
  'unreachable',
  'forward_refused',
  'connection_lost',
  'timeout',
  'handshake_failed',
])

/** Waits for the end of cloud-init; what went wrong is told with the end of its log. */
async function awaitCloudInit(host: Host, { address, signal, log }: Context): Promise<void> {
  log('waiting for cloud-init')
  const { exitCode, stdout } = await host.exec(
    ['sh', '-c', 'command -v cloud-init >/dev/null || exit 0; exec cloud-init status --wait --long'],
    { signal, timeout: CLOUD_INIT_MS, reject: false },
  )
  // 2 stands for what it got over by itself.
  if (exitCode === 0 || exitCode === 2) return
  const last = await host.exec(
    [
      'sh',
      '-c',
      `tail -n ${LAST_LINES} /var/log/cloud-init-output.log 2>/dev/null || sudo -n tail -n ${LAST_LINES} /var/log/cloud-init-output.log`,
    ],
    { signal, reject: false },
  )
  fail({
    code: 'cloud_init_failed',
    address,
    summary: 'cloud-init failed in the guest',
    detail: `${stdout.trim()}\n${last.stdout.trim()}`.trim(),
    advice: 'Mend what it was told, and let it run again: cloudInit: { onChange: "new-instance-id" }.',
  })
}
