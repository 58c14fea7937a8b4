import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import type { Host } from '@lares/transport'
import { connectApi, isNetdataError, type MirroredHost, type NetdataApi, NetdataError } from '../api/index.ts'

export interface Arrival {
  /** The machine of the child: parents are asked from there, where the data comes from. */
  readonly host: Host
  /** `HOST:PORT` of the parents that it may stream to. */
  readonly destinations: readonly string[]
  /** A parent speaks TLS. */
  readonly tls: boolean
  /** Machine GUID of the child. */
  readonly guid: string
  /** What the child calls itself; undefined when it has no API to ask. */
  readonly hostname: string | undefined
  /** Milliseconds. */
  readonly limit: number
  readonly signal: AbortSignal
  log(message: string): void
}

const PAUSE_MS = 500
/** How often a parent must show charts without a point of time, until it is taken for one that keeps none. */
const LOOKS_WITHOUT_POINTS = 8

/** The same machine, whose connections are encrypted. Nothing secret is sent, so that any certificate will do. */
const encrypted = (host: Host): Host => ({
  ...host,
  connect: async (target, signal) => connect({ socket: await host.connect(target, signal), rejectUnauthorized: false }),
})

const parse = (destination: string): { address: string; port?: number } => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(destination) ?? []
  return { address: bracketed ?? plain ?? destination, ...(port === undefined ? {} : { port: Number(port) }) }
}

const apiOf = ({ host, tls }: Pick<Arrival, 'host' | 'tls'>, destination: string): NetdataApi =>
  connectApi({ host: tls ? encrypted(host) : host, ...parse(destination) })

/** What the first parent that answers knows of a node; undefined when none answers, or none knows it. */
export async function findNode(
  where: Pick<Arrival, 'host' | 'tls' | 'destinations' | 'guid' | 'signal'>,
): Promise<MirroredHost | undefined> {
  for (const destination of where.destinations) {
    const api = apiOf(where, destination)
    try {
      const { hosts } = await api.info({ signal: where.signal, timeoutMs: 5_000 })
      const found = hosts.find(({ id }) => id === where.guid)
      if (found) return found
    } catch (error) {
      if (!isNetdataError(error)) throw error
    } finally {
      api.close()
    }
  }
  return undefined
}

/** Resolves when one of the parents shows points of the child that were not there a moment ago. Rejects with a NetdataError. */
export async function untilDataArrives(arrival: Arrival): Promise<void> {
  const { destinations, signal, limit, log } = arrival
  const parents = destinations.map((destination) => ({ destination, api: apiOf(arrival, destination), look: looker() }))
  const until = Date.now() + limit
  let told = ''
  try {
    for (;;) {
      const doubts: string[] = []
      for (const { destination, api, look } of parents) {
        const doubt = await look(api, arrival)
        if (doubt === undefined) return
        doubts.push(`${destination} ${doubt}`)
      }
      const now = doubts.join('; ')
      if (Date.now() > until) {
        throw new NetdataError('timeout', `No data arrives: ${now}`, {
          advice: 'Look at its error.log, and at that of the parent: a firewall, "allow from", or another key.',
        })
      }
      if (now !== told) log(`waiting: ${now}`)
      told = now
      await sleep(PAUSE_MS, undefined, { signal })
    }
  } finally {
    for (const { api } of parents) api.close()
  }
}

/** Tells again and again what keeps a parent from showing new points; undefined when nothing does. */
function looker() {
  let seen: number | undefined
  let empty = 0
  return async (api: NetdataApi, { guid, hostname, signal }: Arrival): Promise<string | undefined> => {
    try {
      const { hosts } = await api.info({ signal })
      const node = hosts.find(({ id }) => id === guid)
      if (!node) return 'does not know it yet'
      if (!node.reachable) return 'gets nothing from it'
      if (hostname !== undefined && node.hostname !== hostname)
        return `gets data of "${node.hostname}", which has the same identity`
      const charts = await api.node(guid).charts({ signal })
      const newest = Math.max(...charts.map(({ lastEntry }) => lastEntry?.getTime() ?? 0))
      if (charts.length === 0) return 'has no charts of it yet'
      if (newest === 0) {
        empty++
        return empty >= LOOKS_WITHOUT_POINTS ? undefined : 'has no points of it yet'
      }
      const before = seen
      seen = newest
      return before !== undefined && newest > before ? undefined : 'gets no new points yet'
    } catch (error) {
      signal.throwIfAborted()
      if (!isNetdataError(error)) throw error
      if (error.code !== 'forbidden') return `can't be asked: ${error.message}`
      throw new NetdataError('forbidden', `${error.message}: whether data arrives can't be seen from here`, {
        advice:
          'Let this host read the API of the parent (netdata.conf, [web]: allow dashboard from), or say "verify: false".',
      })
    }
  }
}
