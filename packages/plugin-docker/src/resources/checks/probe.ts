import { askHttp, askTcp, type Finding, findingsOf, type Patience, type Probe } from '@lares/transport'
import { parseDuration } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { addressesOf } from '../container/attributes.ts'
import { type Check, CONTAINER } from './schema.ts'

/** A check with its place in the list, by which messages call it. */
export interface NumberedCheck {
  number: number
  check: Check
}

export const numbered = (checks: readonly Check[] = []): NumberedCheck[] =>
  checks.map((check, number) => ({ number, check }))

const USUAL = { every: '1s', within: '60s', for: '0s', timeout: '5s' } as const
const LEAST_MS = 50

/** `steadyMs`: how long it is known to have been there, which counts as being good. */
export function patienceOf(check: Check, steadyMs = 0): Patience {
  const ms = (key: keyof Patience) => parseDuration(check[key] ?? USUAL[key]) / 1e6
  return {
    every: Math.max(LEAST_MS, ms('every')),
    within: ms('within'),
    for: Math.max(0, ms('for') - steadyMs),
    timeout: Math.max(LEAST_MS, ms('timeout')),
  }
}

/** A check of a container, or of none where it is about a whole project. */
export const probeOf = (
  connection: DockerConnection,
  { number, check }: NumberedCheck,
  { id, steadyMs }: { id?: string | undefined; steadyMs?: number | undefined },
): Probe => ({
  name: `checks[${number}] (${nameOf(check)})`,
  patience: patienceOf(check, steadyMs),
  ask: (signal) => ask(connection, check, id, signal),
})

/** Without what may be secret: the path of a URL, arguments. */
function nameOf({ http, tcp, command }: Check): string {
  if (http) return `http ${new URL(http.url).host}`
  return tcp ? `tcp ${tcp.host ?? LOOPBACK}:${tcp.port}` : `command ${command![0]}`
}

const LOOPBACK = '127.0.0.1'

async function ask(
  connection: DockerConnection,
  { http, tcp, command }: Check,
  id: string | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { host } = connection
  if (command) return await askCommand(connection, command as [string, ...string[]], id!, signal)
  const place = async (name: string) => (name === CONTAINER ? await addressOf(connection, id!, signal) : name)
  if (tcp) {
    await askTcp(host, { host: await place(tcp.host ?? LOOPBACK), port: tcp.port }, signal)
    return []
  }
  const url = new URL(http!.url)
  const { hostname } = url
  if (hostname === CONTAINER) url.hostname = inUrl(await place(hostname))
  const { headers, insecure } = http!
  return findingsOf(await askHttp(host, { url, headers, insecure }, signal), http as never)
}

const SHOWN = 300

async function askCommand(
  { containers }: DockerConnection,
  command: [string, ...string[]],
  id: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { exitCode, stdout, stderr } = await containers.exec(id, command, { signal })
  const said = `${stdout}${stderr}`.trim().slice(-SHOWN)
  const words = `it ended with code ${exitCode}, expected 0${said && `: ${said}`}`
  return [{ good: exitCode === 0, words }]
}

/** Where a container is reached from the machine of its engine. */
async function addressOf({ containers }: DockerConnection, id: string, signal: AbortSignal): Promise<string> {
  const container = await containers.inspect(id, { signal })
  if (container?.HostConfig.NetworkMode === 'host') return LOOPBACK
  const addresses = container ? addressesOf(container) : {}
  const address = addresses[container?.HostConfig.NetworkMode ?? ''] ?? Object.values(addresses)[0]
  if (address === undefined) throw new Error('the container has no address of its own')
  return address
}

const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address)
