import { hostname } from 'node:os'
import type { Host } from './host.ts'

const files = ['/etc/machine-id', '/var/lib/dbus/machine-id', '/sys/class/dmi/id/product_uuid']

const script = `
for file in ${files.join(' ')}; do
  id=
  [ ! -r "$file" ] || read -r id < "$file"
  case $id in ''|uninitialized) continue;; esac
  echo "$id"
  exit
done
uname -n
`

/** What tells a machine from another one at the same address: its machine-id, or its name where it has none. */
export async function readMachineId(host: Host, signal?: AbortSignal): Promise<string> {
  return host.local ? await ownMachineId(host, signal) : (await host.ask(script, { signal })).stdout.trim()
}

/** The same without starting a process, which is what a plan of this machine would mostly wait for. */
async function ownMachineId(host: Host, signal?: AbortSignal): Promise<string> {
  for (const file of files) {
    const bytes = await host.readFile(file, { signal }).catch(() => undefined)
    const id = bytes && Buffer.from(bytes).toString().trim()
    if (id && id !== 'uninitialized') return id
  }
  signal?.throwIfAborted()
  return hostname()
}
