import { isLibvirtError } from '../error.ts'
import type { Libvirt } from '../virsh.ts'

const HOUR = 3_600_000

/** Lets libvirt look into a pool again. It does not while a volume is copied there or from there, so this waits: an hour by default. */
export async function refreshPool(
  libvirt: Libvirt,
  pool: string,
  { signal, timeout = HOUR }: { signal?: AbortSignal | undefined; timeout?: number | undefined } = {},
): Promise<void> {
  const end = Date.now() + timeout
  for (;;) {
    try {
      await libvirt.virsh(['pool-refresh', '--pool', pool], { signal })
      return
    } catch (error) {
      // Each try has waited a minute by itself.
      if (!isLibvirtError(error, 'busy') || Date.now() >= end) throw error
      signal?.throwIfAborted()
    }
  }
}
