import { canonical } from '@lares/core'
import type { ContainerInspect, ContainerSummary } from '../../client/index.ts'

/**
 * What was seen of containers, so that one is looked at again only when the list shows that something has become of it: a
 * list tells its state, its name, its networks and each start. It does not tell that its limits were changed: who changes them has to say so.
 */
export interface Looks {
  /** The last look at a container as it is listed now, or a new one. */
  at(
    container: ContainerSummary,
    look: () => Promise<ContainerInspect | undefined>,
  ): Promise<ContainerInspect | undefined>
  /** To be called for a container that is changed. */
  forget(id: string): void
}

export function createLooks(): Looks {
  const seen = new Map<string, { as: string; inspect: ContainerInspect }>()
  return {
    async at(container, look) {
      const as = appearance(container)
      const before = seen.get(container.id)
      if (before?.as === as) return before.inspect
      const inspect = await look()
      if (inspect) seen.set(container.id, { as, inspect })
      return inspect
    },
    forget: (id) => void seen.delete(id),
  }
}

/** All that a list shows of a container but for how long: `Up 3 minutes (healthy)`, `Exited (0) 2 hours ago`. */
const appearance = ({ status, ...container }: ContainerSummary): string =>
  canonical({ ...container, createdAt: container.createdAt.getTime(), status: status.match(/\(.*?\)/g) })
