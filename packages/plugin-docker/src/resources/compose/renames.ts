import { isDockerError } from '../../client/index.ts'
import { settle } from '../container/settle.ts'
import type { Work } from './carry-out.ts'
import type { FoundContainer } from './found.ts'
import type { Operation } from './operations.ts'

type ContainerOperation = Extract<Operation, { kind: 'container' }>
type Move = ContainerOperation & Required<Pick<ContainerOperation, 'part' | 'found'>>

const isMove = (operation: ContainerOperation): operation is Move =>
  operation.part !== undefined && operation.found !== undefined && operation.found.name !== operation.part.name

/**
 * Gives containers the names that they are to have. Where one is to have the name of another one, the other steps aside
 * first, so that names can be exchanged; interrupted in between, it is known by its labels. Answers the operations on them
 * as they are now.
 */
export async function renameContainers(
  work: Work,
  operations: readonly ContainerOperation[],
): Promise<ContainerOperation[]> {
  const { signal } = work
  const { containers } = work.connection
  const moves = operations.filter(isMove)
  const wanted = new Set(moves.map(({ part }) => part.name))
  const settled = new Map<ContainerOperation, string>()
  for (const move of moves) settled.set(move, await settledId(work, move))
  const rename = async (move: Move, name: string) => {
    await containers.rename(settled.get(move)!, name, { signal }).catch((error: unknown) => {
      // One that went with a volume comes again with its new name.
      if (!isDockerError(error, 'not_found')) throw error
    })
  }
  for (const move of moves) if (wanted.has(move.found.name)) await rename(move, asideOf(move.found))
  for (const move of moves) await rename(move, move.part.name)
  return await Promise.all(
    operations.map(async (operation) => {
      const id = settled.get(operation)
      const inspect = id === undefined ? undefined : await containers.inspect(id, { signal })
      if (!inspect) return operation
      const { unfinished: _, ...found } = operation.found!
      return { ...operation, found: { ...found, inspect, name: operation.part!.name } }
    }),
  )
}

/** No other container has its id, so nobody has this name. */
const asideOf = ({ name, inspect: { Id } }: FoundContainer): string => `${name}.lares-${Id.slice(0, 12)}`

/** What an interrupted replacement left is under the former name still. */
async function settledId({ connection, owner, signal }: Work, { found, part }: Move): Promise<string> {
  if (found.unfinished === undefined) return found.inspect.Id
  const inputs = { ...part.options, name: found.name } as never
  return (await settle({ connection, inputs, owner, signal }, found.name)).id
}
