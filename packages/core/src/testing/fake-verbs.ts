import type { Owner } from '../resource.ts'
import { isObject, parsePath } from '../value.ts'
import type { Box, FakeObject, WireVerb, World } from './fake-world.ts'

interface Base {
  connection: Box
  signal: AbortSignal
  owner: Owner
}
type Data = Record<string, unknown>

/** Makes the verbs that most types share; what is in an object's data beyond the attributes is cut off by their schema. */
export function fakeVerbs(world: World) {
  return function verbs<A>(
    type: string,
    identityOf: (inputs: never) => string,
    options: { twins?: boolean; markless?: boolean } = {},
  ) {
    const present = ({ data, id, identity, mark }: FakeObject) => ({ ...data, name: identity, id, mark }) as A
    const request = <T>({ connection, signal }: Base, verb: WireVerb, identity: string, act: () => T) =>
      connection.call({ verb, type, identity }, signal, act)
    const find = ({ machine }: Box, identity: string, recorded?: unknown) => {
      const same = machine.objects.filter((object) => object.type === type && object.identity === identity)
      const id = options.twins && isObject(recorded) ? recorded['id'] : undefined
      return id === undefined ? same.at(-1) : same.find((object) => object.id === id)
    }
    const change = (object: FakeObject, inputs: Data, changes: readonly { path: string }[]) => {
      for (const key of new Set(changes.map(({ path }) => String(parsePath(path)[0])))) object.data[key] = inputs[key]
      return present(object)
    }
    const add = (connection: Box, owner: Owner, inputs: Data): A => {
      const identity = identityOf(inputs as never)
      if (!options.twins && find(connection, identity)) {
        throw Object.assign(new Error(`${type} ${identity} exists`), { code: 'conflict' })
      }
      const ours = options.markless ? {} : { mark: owner }
      return present(world.plant(connection.machine.address, { type, identity, data: inputs, ...ours }))
    }
    const existing = (connection: Box, identity: string, observed?: unknown): FakeObject => {
      const object = find(connection, identity, observed)
      if (!object) throw Object.assign(new Error(`${type} ${identity} is gone`), { code: 'not_found' })
      return object
    }
    return {
      present,
      request,
      find,
      existing,
      change,
      add,
      read: (ctx: Base & { identity: string; recorded?: unknown }) =>
        request(ctx, 'read', ctx.identity, () => {
          const object = find(ctx.connection, ctx.identity, ctx.recorded)
          return object ? present(object) : null
        }),
      create: (ctx: Base & { inputs: Data }) =>
        request(ctx, 'create', identityOf(ctx.inputs as never), () => add(ctx.connection, ctx.owner, ctx.inputs)),
      update: (ctx: Base & { inputs: Data; observed: unknown; changes: readonly { path: string }[] }) => {
        const identity = identityOf(ctx.inputs as never)
        return request(ctx, 'update', identity, () =>
          change(existing(ctx.connection, identity, ctx.observed), ctx.inputs, ctx.changes),
        )
      },
      delete: (ctx: Base & { identity: string; observed: unknown }) =>
        request(ctx, 'delete', ctx.identity, () => {
          const object = find(ctx.connection, ctx.identity, ctx.observed)
          if (object) world.remove(ctx.connection.machine.address, object)
        }),
    }
  }
}
