import type * as z from 'zod'
import type { FactoryInputs, Resource, ResourceOptions } from './declaration.ts'
import type { Plugin } from './plugin.ts'
import type { Provider } from './provider.ts'
import type { Input } from './ref.ts'
import type { ResourceDefinition, ResourceTraits } from './resource.ts'

// biome-ignore lint/suspicious/noExplicitAny: a part is declared, and never read or changed, from here
type Erased = any

/** Declares a part; its attributes are refs. It is on what the composite is on, unless it says otherwise. */
export type DeclarePart = <I extends z.ZodObject, A extends z.ZodObject, N extends string, P extends string>(
  /** Letters, digits, - and _; the part's address is `COMPOSITE/NAME`. */
  name: string,
  /** A resource type of the same plugin. */
  type: ResourceDefinition<string, I, A, N, Erased, P, Erased, Erased>,
  inputs: FactoryInputs<I>,
  options?: Pick<ResourceOptions<NoInfer<N>>, 'on' | 'dependsOn'>,
) => Resource<z.output<A>, P>

export interface ExpandContext<I> {
  /** What the lab calls the composite. */
  name: string
  /** With defaults; any leaf may be an expression. */
  inputs: { [K in keyof I]: Input<Exclude<I[K], undefined>> | Extract<I[K], undefined> }
  part: DeclarePart
}

/** One declared thing that stands for several resources, such as a published service. */
export interface CompositeDefinition<
  T extends string = string,
  I extends z.ZodObject = z.ZodObject,
  A extends z.ZodObject = z.ZodObject,
  N extends string = string,
> extends Pick<ResourceTraits<T, I, A, N, Erased, string, Erased, Erased>, 'type' | 'description' | 'proof'> {
  /** Which connection `on` must give. */
  provider?: Provider<N, unknown>
  inputs: I
  /** What refs to it may name. */
  attributes: A
  /** Pure. Declares the parts, and answers what each attribute stands for: a value, or an expression of refs to parts. */
  expand(context: ExpandContext<z.output<I>>): { [K in keyof z.input<A>]: Input<z.input<A>[K]> }
}

/** A composite as the engine sees it. */
export type CompositeType = CompositeDefinition & { readonly plugin?: Plugin }

export const defineComposite = <
  const T extends string,
  I extends z.ZodObject,
  A extends z.ZodObject,
  N extends string = 'nothing',
>(
  definition: CompositeDefinition<T, I, A, N>,
): CompositeDefinition<T, I, A, N> => definition

export const isComposite = (type: object): type is CompositeType => 'expand' in type
