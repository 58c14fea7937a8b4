import { type Change, fail, parsePath } from '@lares/core'
import { all, formatXml, type Libvirt, type Plug, plugsOf, STDIN, type Xml } from '../../client/index.ts'
import { hostElement, leaseElement } from './fields.ts'
import type { NetworkInputs } from './schema.ts'

interface UpdateTarget {
  libvirt: Libvirt
  name: string
  active: boolean
  signal: AbortSignal
}

/** Changes one section of a network, as it runs and as it is kept. */
async function updateSection(
  { libvirt, name, active, signal }: UpdateTarget,
  verb: 'add-last' | 'delete',
  section: string,
  part: Xml,
): Promise<void> {
  const where = active ? ['--live', '--config'] : ['--config']
  await libvirt.virsh(['net-update', name, verb, section, STDIN, ...where], { input: formatXml(part), signal })
}

/** The keys of a record whose changes these are: `leases.nas.ip` is about `nas`. */
const keysOf = (changes: readonly Change[], record: string): string[] => [
  ...new Set(
    changes.flatMap(({ path }) => {
      const [first, key] = parsePath(path)
      return first === record && key !== undefined ? [String(key)] : []
    }),
  ),
]

/** Brings leases and names to what is wanted, without an interruption. Those that nobody asked about stay. */
export async function updateLive(
  target: UpdateTarget,
  document: Xml,
  inputs: NetworkInputs,
  changes: readonly Change[],
): Promise<void> {
  for (const name of keysOf(changes, 'leases')) {
    const wanted = inputs.leases?.[name]
    const isInTheWay = ({ attributes: { name: other, mac, ip } }: Xml) =>
      other === name || (wanted !== undefined && (mac?.toLowerCase() === wanted.mac || ip === wanted.ip))
    for (const host of all(document, 'ip/dhcp/host').filter(isInTheWay))
      await updateSection(target, 'delete', 'ip-dhcp-host', host)
    if (wanted) await updateSection(target, 'add-last', 'ip-dhcp-host', leaseElement(name, wanted))
  }
  for (const ip of keysOf(changes, 'hosts')) {
    const wanted = inputs.hosts?.[ip]
    for (const host of all(document, 'dns/host').filter(({ attributes }) => attributes.ip === ip))
      await updateSection(target, 'delete', 'dns-host', host)
    if (wanted) await updateSection(target, 'add-last', 'dns-host', hostElement(ip, wanted))
  }
}

/**
 * Stops a network, changes its definition, and starts it. Killed on the way, the network is stopped, which shows. Where
 * the definition is refused, it is started as it was.
 */
export async function restart(target: UpdateTarget, define: () => Promise<unknown>): Promise<void> {
  const { libvirt, name, signal } = target
  await libvirt.virsh(['net-destroy', name], { signal })
  try {
    await define()
  } finally {
    await plugIn(target)
  }
}

/** Starts a network and plugs in the running guests that are to be on it, which libvirt does not do by itself. */
export async function plugIn(target: UpdateTarget): Promise<void> {
  const { libvirt, name, signal } = target
  const plugs = await plugsOf(libvirt, signal)
  await libvirt.virsh(['net-start', name], { signal })
  await plug(
    target,
    plugs.filter(({ network }) => network === name),
  )
}

/** Puts the ends of guests on the bridge of their network, which runs. */
export async function plug({ libvirt, name, signal }: UpdateTarget, plugs: readonly Plug[]): Promise<void> {
  if (plugs.length === 0) return
  const info = await libvirt.virsh(['net-info', name], { signal })
  const bridge = /^Bridge:\s+(\S+)/m.exec(info)?.[1] ?? ''
  for (const { guest, tap } of plugs) {
    const { exitCode, stderr } = await libvirt.host.exec(['ip', 'link', 'set', 'dev', tap, 'master', bridge], {
      signal,
      reject: false,
    })
    if (exitCode !== 0)
      fail({
        code: 'not_plugged_in',
        summary: `The network "${name}" runs, and the running guest "${guest}" is not on it: ${tap}`,
        detail: stderr.trim(),
        advice: 'Restart that guest.',
      })
  }
}
