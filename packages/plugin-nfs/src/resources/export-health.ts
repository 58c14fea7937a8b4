import type { Health } from '@lares/core'
import type { Attributes } from './export-state.ts'

/** Whether clients are served, now and after the host has started again. */
export async function exportHealth({ observed }: { observed: Attributes }): Promise<Health> {
  const { serving, saved, clients } = observed
  if (!serving) return { state: 'down', summary: 'the NFS server does not run' }
  if (!saved) return { state: 'degraded', summary: 'exported, but not after the host has started again' }
  return { state: 'healthy', summary: `exported to ${clients.length} client${clients.length === 1 ? '' : 's'}` }
}
