import type { Host } from './host.ts'

const machineId = `
for file in /etc/machine-id /var/lib/dbus/machine-id /sys/class/dmi/id/product_uuid; do
  id=$(cat "$file" 2>/dev/null) || continue
  case $id in ''|uninitialized) continue;; esac
  echo "$id"
  exit
done
uname -n
`

/** What tells a machine from another one at the same address: its machine-id, or its name where it has none. */
export async function readMachineId(host: Host, signal?: AbortSignal): Promise<string> {
  return (await host.script(machineId, { signal })).stdout.trim()
}
