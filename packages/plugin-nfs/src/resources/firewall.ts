import type { PrepareContext } from '@lares/core'
import { type Host, type HostError, isHostError } from '@lares/transport'
import { type Barrier, barrierBefore, type Firewall, readFirewall } from '../client/firewall/index.ts'
import { canonicalClient, networkOf } from '../client/formats/export-client.ts'
import { sharedQuestion } from '../client/shared-question.ts'
import type { ExportSource } from './source.ts'

const PORT = 2049
/** Seconds that a server has to answer. */
const PATIENCE = 5

/** All exports of a host ask at the same time. */
const firewallOf = sharedQuestion<Firewall>(readFirewall)

/** Warns of clients that the host's firewall keeps from the server. */
export async function checkFirewall({
  connection,
  inputs: { clients },
  signal,
  warn,
}: PrepareContext<{ clients: readonly { host: string }[] }, Host>): Promise<void> {
  const firewall = await firewallOf(connection, signal)
  const kept = clients.flatMap(({ host }) => {
    const barrier = barrierBefore(firewall, host, PORT)
    return barrier ? [{ host, barrier }] : []
  })
  if (kept.length === 0) return
  const { manager } = firewall
  const chains = new Set(kept.map(({ barrier: { tool, chain } }) => `${tool}: ${chain}`))
  const commands = new Set(kept.map(({ host, barrier }) => opening(manager, host, barrier)))
  warn({
    code: 'firewall',
    path: 'clients',
    summary: `The firewall of the host keeps ${kept.map(({ host }) => host).join(', ')} from port ${PORT}`,
    detail: `It is turned away in ${[...chains].join(', ')}.`,
    advice: `On the host: ${[...commands].join('; ')}`,
  })
}

/** The command that lets a client in: by its address, or everybody where it has none that is known. */
function opening(manager: Firewall['manager'], host: string, { tool, chain }: Barrier): string {
  if (manager === 'firewalld') return 'firewall-cmd --permanent --add-service=nfs && firewall-cmd --reload'
  const from = networkOf(host) && canonicalClient(host)
  if (manager === 'ufw')
    return from === undefined
      ? `ufw prepend allow ${PORT}/tcp`
      : `ufw prepend allow from ${from} to any port ${PORT} proto tcp`
  const is6 = from?.includes(':')
  if (tool === 'nft') {
    const source = from === undefined ? '' : `${is6 ? 'ip6' : 'ip'} saddr ${from} `
    return `nft insert rule ${chain} ${source}tcp dport ${PORT} accept`
  }
  const source = from === undefined ? '' : `-s ${from} `
  return `${is6 ? 'ip6tables' : 'iptables'} -I ${chain} ${source}-p tcp --dport ${PORT} -j ACCEPT`
}

/** Warns when the server of a mount does not take connections from its host. */
export async function checkServer({
  connection,
  inputs: { source, options },
  signal,
  warn,
}: PrepareContext<{ source: string | ExportSource; options: readonly string[] }, Host>): Promise<void> {
  if (options.some((word) => /^(proto=)?rdma/.test(word))) return
  const server = typeof source === 'string' ? source.replace(/:\/.*$/s, '').replace(/^\[(.*)\]$/, '$1') : source.server
  const port = Number(options.findLast((word) => /^port=\d+$/.test(word))?.slice('port='.length) ?? PORT)
  const limit = AbortSignal.timeout(PATIENCE * 1_000)
  try {
    const stream = await connection.connect({ host: server, port }, AbortSignal.any([signal, limit]))
    stream.destroy()
  } catch (error) {
    signal.throwIfAborted()
    const isSilent = limit.aborted
    if (!isSilent && !isHostError(error, 'forward_refused')) throw error
    if (!isSilent && isForbidden(error)) return
    warn({
      code: 'server_unreachable',
      path: 'source',
      summary: `Port ${port} of ${server} cannot be reached from this host`,
      detail: isSilent ? `There is no answer within ${PATIENCE} s.` : (error as HostError).detail,
      advice: 'Is the server up, and does its firewall let this host in?',
    })
  }
}

/** The host's sshd allows nobody to be connected anywhere, which says nothing of the server. */
const isForbidden = (error: unknown): boolean => (error as { cause?: { reason?: unknown } }).cause?.reason === 1
