import type { Lifecycle } from '@lares/core'
import type { Libvirt } from '../../client/index.ts'
import { shutDown, start } from './power.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'

/** By its agent or its power button; it is powered off only where its `shutdown` says so. */
export const domainLifecycle: Lifecycle<DomainInputs, DomainAttributes, Libvirt, unknown> = {
  isRunning: ({ running }) => running,
  isWanted: ({ running }) => running !== false,
  stop: ({ observed: { name }, inputs, ...context }) => shutDown(context, name, inputs?.shutdown),
  start: ({ observed: { name }, ...context }) => start(context, name),
}
