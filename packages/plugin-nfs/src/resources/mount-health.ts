import type { Health, InquiryContext } from '@lares/core'
import type { Host } from '@lares/transport'
import { askServerOf } from '../client/mounts.ts'
import type { Attributes, Inputs } from './mount-state.ts'

/** Whether it is mounted and its server answers. One that waits for its first use is left waiting. */
export async function mountHealth({
  connection,
  observed: { target, mounted, ready, saved },
  signal,
}: InquiryContext<Inputs, Attributes, Host>): Promise<Health> {
  if (!ready) return { state: 'down', summary: 'not mounted' }
  const trouble = mounted ? await askServerOf(connection, target, signal) : undefined
  if (trouble !== undefined) return { state: 'down', summary: trouble }
  if (!saved) return { state: 'degraded', summary: 'mounted, but not after the host has started again' }
  return { state: 'healthy', summary: mounted ? 'mounted' : 'mounted when it is first used' }
}
