import type { Health, InquiryContext } from '@lares/core'
import type { Libvirt } from '../../client/index.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'

/** States of libvirt in which a guest does its work: `idle` waits for a device, as any guest does. */
const WORKING: ReadonlySet<string> = new Set(['running', 'idle', 'no state'])

/** What virsh answers where no disk has an error. */
const NO_ERRORS = 'No errors found'

/** How a guest is doing by libvirt; what runs in it has its own resources. */
export async function domainHealth({
  connection,
  inputs,
  observed: { name, state },
  signal,
}: InquiryContext<DomainInputs, DomainAttributes, Libvirt>): Promise<Health> {
  if (WORKING.has(state)) return { state: 'healthy', summary: state }
  const summary = (await connection.virsh(['domstate', name, '--reason'], { signal })).trim()
  if (state !== 'paused')
    return { state: state === 'shut off' && inputs?.running === false ? 'healthy' : 'down', summary }
  const errors = (await connection.virsh(['domblkerror', name], { signal })).trim()
  const disks = errors === '' || errors === NO_ERRORS ? [] : errors.split('\n')
  return { state: 'down', summary: [summary, ...disks].join(', ') }
}
