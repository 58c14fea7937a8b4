import type { DeleteContext } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import { removeAll } from '../attachments.ts'
import { createContainerWork } from './container-work.ts'
import type { Found } from './found.ts'
import { hooksOfFiles } from './hooks.ts'
import { projectLabel } from './labels.ts'
import { observe } from './memory.ts'
import { stopOrder } from './order.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'

/** Takes a project away: containers before what they depend on, then networks, and of the volumes those that may be lost. */
export async function deleteProject(
  context: DeleteContext<ComposeInputs, ComposeAttributes, DockerConnection>,
): Promise<void> {
  const { connection, identity, observed, keep, owner, signal } = context
  const [found] = (await observe(connection, [identity], signal)) as [Found]
  const { remove } = createContainerWork(context, found, await hooksOfFiles(context, found.containers))
  for (const step of stopOrder(found.containers)) await Promise.all(step.map(remove))
  const ids = [...found.networks.values()].flatMap(({ Id, twins }) => [Id, ...twins])
  await removeAll(connection, ids, owner, signal, projectLabel(found))
  const kept = new Set(keep)
  const lost = Object.entries(observed.volumes).filter(([key]) => !kept.has(`volumes/${key}`))
  for (const [, { name }] of lost) if (found.volumes.has(name)) await connection.volumes.remove(name, { signal })
}
