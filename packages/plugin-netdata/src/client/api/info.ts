import * as z from 'zod'
import { type AgentVersion, isAtLeast, parseVersion } from '../version.ts'
import { askJson, numeric, text } from './answer.ts'
import { NetdataError } from './error.ts'
import { type NodeOptions, pathOf, type Scope } from './scope.ts'

/** A node that an agent keeps metrics of: itself, or one that streams to it. */
export interface MirroredHost {
  readonly hostname: string
  /** Machine GUID. */
  readonly id: string
  /** False for one that no longer streams: what is known of it is old. */
  readonly reachable: boolean
  /** Agents between the two; 0 for the agent itself. */
  readonly hops: number | null
}

export interface AgentInfo {
  readonly version: AgentVersion
  /** Machine GUID. */
  readonly id: string
  /** What the agent calls itself. */
  readonly hostname: string
  readonly os: { readonly name: string | null; readonly id: string | null; readonly version: string | null }
  readonly kernel: { readonly name: string | null; readonly version: string | null }
  readonly architecture: string | null
  readonly virtualization: string | null
  readonly cores: number | null
  /** Bytes. */
  readonly memory: number | null
  readonly alarms: { readonly normal: number; readonly warning: number; readonly critical: number }
  /** The agent's own node first. */
  readonly hosts: readonly MirroredHost[]
  readonly labels: Readonly<Record<string, string>>
}

const known = text.transform((value) => (value === 'unknown' || value === 'none' ? null : value))
const count = z.number().int().min(0)

const host = z.object({
  guid: z.string().min(1),
  hostname: z.string(),
  reachable: z.boolean(),
  hops: z.number().nullish(),
})

/** `/api/v1/info`, from 1.20 to 2.11. */
export const infoAnswer = z.object({
  version: z.string(),
  uid: z.string().min(1),
  mirrored_hosts_status: z.array(host).min(1),
  alarms: z.object({ normal: count, warning: count, critical: count }),
  os_name: known,
  os_id: known,
  os_version: known,
  container_os_name: known,
  container_os_id: known,
  container_os_version: known,
  kernel_name: known,
  kernel_version: known,
  architecture: known,
  virtualization: known,
  cores_total: numeric,
  ram_total: numeric,
  host_labels: z.record(z.string(), z.string()).nullish(),
})

export async function readInfo({ reach }: Scope, { node, ...options }: NodeOptions = {}): Promise<AgentInfo> {
  const request = 'read what the agent is'
  const answer = await askJson(reach, infoAnswer, { request, path: pathOf(node, 'info'), options })
  const info = infoOf(answer)
  if (info) return info
  throw new NetdataError('bad_answer', `${request}: ${reach.description} has a version that is none`, {
    detail: answer.version,
  })
}

/** Undefined for one whose version can't be understood. */
export function infoOf(answer: z.output<typeof infoAnswer>): AgentInfo | undefined {
  const version = parseVersion(answer.version)
  if (!version) return undefined
  const hosts = answer.mirrored_hosts_status.map(({ guid, hostname, reachable, hops }) => ({
    hostname,
    id: guid,
    reachable,
    hops: hops ?? null,
  }))
  const own = hosts.filter(({ id }) => id === answer.uid)
  return {
    version,
    id: answer.uid,
    hostname: (own[0] ?? hosts[0]!).hostname,
    // An agent in a container knows its host's system only when it is told.
    os: {
      name: answer.os_name ?? answer.container_os_name,
      id: answer.os_id ?? answer.container_os_id,
      version: answer.os_version ?? answer.container_os_version,
    },
    kernel: { name: answer.kernel_name, version: answer.kernel_version },
    architecture: answer.architecture,
    virtualization: answer.virtualization,
    cores: answer.cores_total,
    memory: answer.ram_total,
    alarms: answer.alarms,
    hosts: [...own, ...hosts.filter(({ id }) => id !== answer.uid)],
    labels: answer.host_labels ?? {},
  }
}

/** The newest API of a version: the second came with 1.39, the third with 2.0; the older ones stay. */
export const newestApi = (version: AgentVersion): 1 | 2 | 3 =>
  isAtLeast(version, '2.0') ? 3 : isAtLeast(version, '1.39') ? 2 : 1
