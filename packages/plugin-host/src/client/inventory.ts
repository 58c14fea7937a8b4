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

/**
 * One script of few programs, because starting them is most of what it costs. Lines tell by themselves what they are: what
 * `uname` says is the first, those of files begin with their path.
 */
const SCRIPT = `
uname -n -r -m
for disk in /sys/block/*; do [ ! -e "$disk/device" ] || set -- "$@" "$disk/size"; done
grep -sE '^([0-9a-f,-]+$|(ID|VERSION_ID|PRETTY_NAME)=|MemTotal:)' \\
  /etc/machine-id /etc/os-release /usr/lib/os-release /proc/meminfo /sys/devices/system/cpu/online "$@"
[ -r /sys/devices/system/cpu/online ] || echo "cpus $(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc)"
ip -o addr show scope global 2>/dev/null || hostname -I 2>/dev/null
for p in apt-get dnf zypper apk pacman; do command -v "$p" >/dev/null 2>&1 && { echo "packages $p"; break; }; done
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
  const [names = '', ...lines] = output.split('\n').filter((line) => line !== '')
  const [hostname = '', kernel = '', architecture = ''] = names.split(' ')
  const files = new Map<string, string[]>()
  const others: string[] = []
  for (const line of lines) {
    const [, path, text] = /^(\/[^:]+):(.*)$/.exec(line) ?? []
    if (path === undefined) others.push(line)
    else files.set(path, [...(files.get(path) ?? []), text!])
  }
  const first = (path: string) => files.get(path)?.[0]
  const word = (name: string) => others.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
  const release = new Map(
    [...(files.get('/usr/lib/os-release') ?? []), ...(files.get('/etc/os-release') ?? [])].flatMap(keyValue),
  )
  const machineId = first('/etc/machine-id')
  const packages = word('packages')?.replace('apt-get', 'apt')
  return {
    ...(machineId === undefined ? {} : { machineId }),
    hostname,
    os: {
      id: release.get('ID') ?? 'unknown',
      version: release.get('VERSION_ID') ?? '',
      name: release.get('PRETTY_NAME') ?? '',
    },
    kernel,
    architecture,
    cpus: countOf(first('/sys/devices/system/cpu/online')) ?? (Number(word('cpus')) || 1),
    memory: Number(first('/proc/meminfo')?.match(/\d+/)?.[0] ?? 0) * 1024,
    disks: [...files].flatMap(([path, [size]]) => disk(path, size)),
    addresses: others.filter((line) => !/^(cpus|packages) /.test(line)).flatMap(address),
    ...(packages === undefined ? {} : { packages }),
  }
}

/** How many numbers are in ranges such as `0-3,5`. */
const countOf = (ranges: string | undefined): number | undefined =>
  ranges?.split(',').reduce((sum, range) => {
    const [from, to = from] = range.split('-').map(Number)
    return sum + to! - from! + 1
  }, 0)

function keyValue(line: string): [string, string][] {
  const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
  return key === undefined ? [] : [[key, value!.replace(/^(["'])(.*)\1$/, '$2')]]
}

function disk(path: string, sectors: string | undefined): Inventory['disks'] {
  const name = /^\/sys\/block\/(.+)\/size$/.exec(path)?.[1]
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
