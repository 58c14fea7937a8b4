import type { Libvirt } from './virsh.ts'

/** Work that is done once for all who ask for it over one connection; what fails is done again. */
export function perConnection<T>(
  work: (libvirt: Libvirt, signal: AbortSignal) => Promise<T>,
): (libvirt: Libvirt, signal: AbortSignal) => Promise<T> {
  const known = new WeakMap<Libvirt, Promise<T>>()
  return (libvirt, signal) => {
    let pending = known.get(libvirt)
    if (!pending) {
      pending = work(libvirt, signal)
      known.set(libvirt, pending)
      pending.catch(() => known.delete(libvirt))
    }
    return pending
  }
}
