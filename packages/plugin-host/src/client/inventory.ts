import { askOnce, askWhenOpened, type Host } from '@lares/transport'

/** What a machine is, in numbers that stay the same while it runs. Memory and disk sizes are bytes. */
export interface Inventory {
  machineId?: string
  hostname: string
  os: { id: string; version: string; name: string }
  kernel: string
  architecture: string
  cpus: number
  memory: number
  disks: { name: string; size: number }[]
  addresses: string[]
  packages?: string
}

/** One script, because each round trip to a machine costs more than everything it prints. Sections are told apart by a line of their own. */
const SCRIPT = `
section() { printf '\\n==%s==\\n' "$1"; }
section machine-id; cat /etc/machine-id 2>/dev/null
section hostname; uname -n
section os-release; cat /etc/os-release /usr/lib/os-release 2>/dev/null
section kernel; uname -r
section architecture; uname -m
section cpus; getconf _NPROCESSORS_ONLN 2>/dev/null || nproc
section memory; cat /proc/meminfo 2>/dev/null
section disks; for d in /sys/block/*; do [ -e "$d/device" ] && printf '%s %s\\n' "\${d##*/}" "$(cat "$d/size")"; done
section addresses; ip -o addr show scope global 2>/dev/null || hostname -I 2>/dev/null
section packages; for p in apt-get dnf apk pacman zypper; do command -v "$p" >/dev/null 2>&1 && { echo "$p"; break; }; done
exit 0
`

askWhenOpened(SCRIPT)

/** Reads what a machine is, in one round trip. Rejects with a HostError. */
export async function readInventory(host: Host, signal?: AbortSignal): Promise<Inventory> {
  const { stdout } = await askOnce(host, SCRIPT, { timeout: 30_000, signal })
  return parseInventory(stdout)
}

/** Parses what the inventory script prints. */
export function parseInventory(output: string): Inventory {
  const sections = new Map<string, string[]>()
  let lines: string[] = []
  for (const line of output.split('\n')) {
    const name = /^==([a-z-]+)==$/.exec(line)?.[1]
    if (name === undefined) lines.push(line)
    else {
      lines = []
      sections.set(name, lines)
    }
  }
  const all = (name: string) => (sections.get(name) ?? []).filter((line) => line !== '')
  const first = (name: string) => all(name)[0] ?? ''
  const release = new Map(
    all('os-release')
      .flatMap((line) => keyValue(line))
      .reverse(),
  )
  const kilobytes = all('memory')
    .find((line) => line.startsWith('MemTotal:'))
    ?.match(/\d+/)?.[0]
  const packages = first('packages').replace('apt-get', 'apt')
  const machineId = first('machine-id')
  return {
    ...(machineId === '' ? {} : { machineId }),
    hostname: first('hostname'),
    os: {
      id: release.get('ID') ?? 'unknown',
      version: release.get('VERSION_ID') ?? '',
      name: release.get('PRETTY_NAME') ?? '',
    },
    kernel: first('kernel'),
    architecture: first('architecture'),
    cpus: Number(first('cpus')) || 1,
    memory: Number(kilobytes ?? 0) * 1024,
    disks: all('disks').flatMap((line) => disk(line)),
    addresses: all('addresses').flatMap(address),
    ...(packages === '' ? {} : { packages }),
  }
}

function keyValue(line: string): [string, string][] {
  const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
  return key === undefined ? [] : [[key, value!.replace(/^(["'])(.*)\1$/, '$2')]]
}

function disk(line: string): Inventory['disks'] {
  const [name, sectors] = line.split(' ')
  // The kernel counts in sectors of 512 bytes whatever the device does; drives without a medium have size 0.
  return name && Number(sectors) > 0 ? [{ name, size: Number(sectors) * 512 }] : []
}

/** Interfaces that containers and guests bring and take along say nothing about the machine. */
const PASSING = /^(docker|br-|veth|virbr|vnet|tap|cni|flannel|cali|lxc|podman)/

function address(line: string): string[] {
  const [, name, text] = /^\d+:\s+(\S+)\s+inet6?\s+(\S+?)(?:\/\d+)?\s/.exec(line) ?? []
  if (text === undefined) return line.includes(':') && / inet/.test(line) ? [] : line.trim().split(/\s+/)
  return PASSING.test(name!) || / (temporary|deprecated|mngtmpaddr)\b/.test(line) ? [] : [text]
}
