import type { DockerConnection } from '../../provider.ts'
import { type Found, findProjects } from './found.ts'
import { createLooks, type Looks } from './looks.ts'
import type { Wanted } from './reconcile.ts'

/**
 * What a run has learnt about projects, so that it is asked for once: an observation serves the plan that is made of it, and
 * what was planned is what is carried out, whatever becomes of the files meanwhile.
 */
export interface ProjectMemory {
  looks: Looks
  /** By project. */
  found: Map<string, Found>
  /** By address. */
  wanted: Map<string, Wanted>
}

export const projectMemory = (): ProjectMemory => ({ looks: createLooks(), found: new Map(), wanted: new Map() })

/** Looks at projects anew, and remembers what was seen. */
export async function observe(
  connection: DockerConnection,
  projects: readonly string[],
  signal: AbortSignal,
): Promise<Found[]> {
  const found = await findProjects(connection, projects, signal)
  for (const one of found) connection.projects.found.set(one.project, one)
  return found
}
