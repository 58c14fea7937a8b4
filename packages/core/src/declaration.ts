import type * as z from 'zod'
import type { CompositeDefinition, CompositeType } from './composite.ts'
import { fail, type SourceLocation } from './diagnostics.ts'
import { type Input, makeRef, type Ref } from './ref.ts'
import type { ResourceDefinition, ResourceType, Timeouts } from './resource.ts'
import type { Path } from './value.ts'

export const DECLARATION: unique symbol = Symbol.for('lares.declaration') as never
declare const PROVIDES: unique symbol

/** What a resource, a part or a lab may be called. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/

/** What every resource takes beside its own inputs. */
export interface ResourceOptions<N extends string = string> {
  /** The resource that gives the connection, and contains this one. */
  on?: Providing<N>
  /** Resources that must be there and ready before this one. */
  dependsOn?: readonly AnyResource[]
  /** Former names of this resource. */
  movedFrom?: string | readonly string[]
  /** Input paths whose differences are left alone. */
  ignoreChanges?: readonly string[]
  timeouts?: Timeouts
  /** How often a failed request is repeated when its error says that it may be; 2 unless told. */
  retries?: number
}
export const optionNames = ['on', 'dependsOn', 'movedFrom', 'ignoreChanges', 'timeouts', 'retries'] as const

/** What a lab declares: a resource, or a composite. */
export type Declarable = ResourceType | CompositeType

/** One declared resource. `inputs` may hold expressions. */
export interface Declaration<T extends Declarable = Declarable> {
  address: string
  type: T
  inputs: Record<string, unknown>
  /** Addresses; in TypeScript the declarations come with them. */
  on?: Pointer
  dependsOn: readonly Pointer[]
  movedFrom: readonly string[]
  ignoreChanges: readonly string[]
  timeouts: Timeouts
  retries?: number
  /** Where an input stands in the config file. */
  locate?(path: Path): SourceLocation | undefined
}
export interface Pointer {
  address: string
  target?: Declaration
}

export interface Providing<N extends string> {
  readonly [DECLARATION]: Declaration
  readonly [PROVIDES]: N
}
export type AnyResource = Providing<string>

/** A declared resource: its attributes are refs. */
export type Resource<A = unknown, P extends string = string> = Providing<P> & {
  readonly [K in keyof A]-?: Ref<NonNullable<A[K]>>
}

/** `docker.container(name, inputs)`. */
export type ResourceFactory<D> =
  D extends ResourceDefinition<string, infer I, infer A, infer N, infer _C, infer P, infer _S, infer _Q>
    ? Factory<I, A, N, P>
    : D extends CompositeDefinition<string, infer I, infer A, infer N>
      ? Factory<I, A, N, 'nothing'>
      : never
type Factory<I extends z.ZodObject, A extends z.ZodObject, N extends string, P extends string> = (
  name: string,
  inputs: FactoryInputs<I> & ResourceOptions<N>,
) => Resource<z.output<A>, P>
export type FactoryInputs<I extends z.ZodObject> = { [K in keyof z.input<I>]: Input<z.input<I>[K]> }

export const declarationOf = (value: unknown): Declaration | undefined =>
  typeof value === 'object' && value !== null ? (value as Partial<AnyResource>)[DECLARATION] : undefined

/** `docker.container` as a function that declares one. */
export const makeFactory =
  (type: Declarable) =>
  (name: string, inputs: Record<string, unknown> & ResourceOptions = {}): AnyResource => {
    const { on, dependsOn, movedFrom, ignoreChanges, timeouts, retries, ...own } = inputs
    const pointer = (value: unknown, option: string): Pointer => {
      const target = declarationOf(value)
      if (target) return { address: target.address, target }
      return fail({
        code: 'not_a_resource',
        address: name,
        path: option,
        summary: `"${option}" takes a resource`,
        advice: 'Pass what a plugin returned, such as host.machine(…); for an attribute of it, use an input instead.',
      })
    }
    const declaration: Declaration = {
      address: name,
      type,
      inputs: own,
      ...(on === undefined ? {} : { on: pointer(on, 'on') }),
      dependsOn: (dependsOn ?? []).map((value) => pointer(value, 'dependsOn')),
      movedFrom: typeof movedFrom === 'string' ? [movedFrom] : (movedFrom ?? []),
      ignoreChanges: ignoreChanges ?? [],
      timeouts: timeouts ?? {},
      ...(retries === undefined ? {} : { retries }),
    }
    return makeResource(declaration)
  }

function makeResource(declaration: Declaration): AnyResource {
  const attributes = declaration.type.attributes.shape
  const misuse = () =>
    fail({
      code: 'ref_as_value',
      summary: `The resource "${declaration.address}" was used as if it were a plain value`,
      advice: `Use one of its attributes: ${Object.keys(attributes).join(', ')}.`,
    })
  return new Proxy({} as AnyResource, {
    get(_, key) {
      if (key === DECLARATION) return declaration
      if (key === Symbol.for('nodejs.util.inspect.custom'))
        return () => `${declaration.type.type} "${declaration.address}"`
      if (key === Symbol.toPrimitive || key === Symbol.iterator) return misuse
      if (typeof key === 'string' && Object.hasOwn(attributes, key))
        return makeRef(declaration.address, [key], declaration)
      return key === 'toJSON' || key === 'toString' ? misuse : undefined
    },
    has: (_, key) => key === DECLARATION || Object.hasOwn(attributes, key),
  })
}
