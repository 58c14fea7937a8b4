import type { Libvirt } from './virsh.ts'

/** The names that a listing command prints, one on each line and padded. */
export async function namesIn(libvirt: Libvirt, command: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const printed = await libvirt.virsh(command, { signal })
  return printed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
