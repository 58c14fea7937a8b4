import { isUnknown, type Owner } from '@lares/core'
import { type ContainerSpec, canonicalOptions } from '../../client/index.ts'
import type { ContainerOptions } from '../../options.ts'
import type { ContainerInputs } from './schema.ts'

export const nameOf = ({ name }: Pick<ContainerInputs, 'name'>, { address }: Owner): string => name ?? address

/** What the engine is told about a container: networks by name, no name of its own, and no checks. */
export function optionsOf({ name: _, checks: __, networks, ...options }: ContainerInputs): ContainerOptions {
  if (!Array.isArray(networks)) return { ...options, ...(networks && { networks }) }
  const byName = networks.map((network) => {
    if (typeof network === 'string') return [network, {}] as const
    const { name, ...attachment } = network
    return [name, attachment] as const
  })
  return { ...options, networks: Object.fromEntries(byName) }
}

/** Options in canonical form, as far as their values are at hand. */
export interface PartialSpec {
  spec: Partial<ContainerSpec>
  /** Options with a value that is unknown or secret inside, and no form that it could be compared in. */
  opaque: readonly (keyof ContainerSpec)[]
}

/** Their values are compared one by one as they are. */
const PLAIN: ReadonlySet<string> = new Set(['env', 'labels', 'storageOptions'])

/** Inputs that the engine is not told of. */
const OURS: ReadonlySet<string> = new Set(['name', 'checks'])

/** The canonical form of inputs that may hold UNKNOWN, or of recorded ones, in which secrets are digests. */
export function partialSpec(inputs: Partial<ContainerInputs>): PartialSpec {
  const said = Object.entries(inputs).filter(([option, value]) => value !== undefined && !OURS.has(option))
  const isOpaque = ([option, value]: [string, unknown]) => !PLAIN.has(option) && containsMarker(value)
  const clear = Object.fromEntries(said.filter((entry) => !isOpaque(entry))) as ContainerInputs
  const opaque = said.filter(isOpaque).map(([option]) => option) as (keyof ContainerSpec)[]
  return { spec: canonicalOptions(optionsOf(clear)), opaque }
}

/** An UNKNOWN, or what state records of a secret. */
export const isMarker = (value: unknown): boolean =>
  isUnknown(value) || (typeof value === 'object' && value !== null && '$lares' in value)

export function containsMarker(value: unknown): boolean {
  if (isMarker(value)) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(containsMarker)
}
