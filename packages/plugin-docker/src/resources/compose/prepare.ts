import type { PrepareContext } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import { publishedBy } from '../container/claims.ts'
import { checkServices } from './check-services.ts'
import { readParts } from './files.ts'
import { imagesOf } from './images.ts'
import { observe } from './memory.ts'
import { checkNames, missingOf } from './names.ts'
import { heldVolumes, neverPulled } from './obstacles.ts'
import type { Prepared } from './plan.ts'
import { reconcile, type Wanted } from './reconcile.ts'
import { type ComposeInputs, projectOf } from './schema.ts'

type Context = Pick<
  PrepareContext<ComposeInputs, DockerConnection>,
  'connection' | 'inputs' | 'owner' | 'signal' | 'warn'
>

/** Reads the files and says what is to be done: no values that may be secret, because it is recorded. */
export async function prepareProject(context: Context): Promise<Prepared> {
  const { connection, inputs, owner, signal, warn } = context
  const project = projectOf(inputs, owner)
  const parts = await readParts(inputs, owner, context)
  const [images, found] = await Promise.all([
    imagesOf(parts, connection, signal),
    connection.projects.found.get(project) ?? observe(connection, [project], signal).then(([one]) => one!),
  ])
  checkNames(parts, found, owner)
  checkServices(inputs, parts, owner)
  for (const missing of missingOf(parts, found)) warn(missing)
  const wanted: Wanted = { parts, images }
  connection.projects.wanted.set(owner.address, wanted)
  const operations = reconcile(wanted, found)
  for (const obstacle of [...neverPulled(wanted, operations), ...heldVolumes(operations, found)]) warn(obstacle)
  const containers = parts.services.flatMap((service) => service.containers)
  const ports = [...new Set(containers.flatMap(({ options }) => publishedBy(options)))].sort()
  return { changes: operations.map(({ change }) => change), ports }
}
