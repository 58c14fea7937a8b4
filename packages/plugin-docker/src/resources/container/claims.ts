import type { Claim } from '@lares/core'
import { canonicalOptions, parsePort } from '../../client/index.ts'
import type { ContainerOptions } from '../../options.ts'
import { optionsOf } from './options.ts'
import type { ContainerInputs } from './schema.ts'

/** A port that is published on every address is taken on these too. */
const EVERYWHERE: Readonly<Record<string, readonly string[]>> = {
  '': ['0.0.0.0', '127.0.0.1', '[::]', '[::1]'],
  '0.0.0.0': ['0.0.0.0', '127.0.0.1'],
  '::': ['[::]', '[::1]'],
}

/** The ports that a container takes on its host. One that the engine picks is no claim. */
export const claimsOf = (inputs: ContainerInputs): Claim[] => portClaims(publishedBy(optionsOf(inputs)))

/** Where the options of a container publish: `0.0.0.0:8080/tcp`. */
export function publishedBy(options: ContainerOptions): string[] {
  const { ports = [] } = canonicalOptions(options)
  const keys = ports.flatMap(parsePort).flatMap(({ hostIp = '', published, protocol }) => {
    if (published === undefined || published.includes('-')) return []
    const addresses = EVERYWHERE[hostIp] ?? [hostIp.includes(':') ? `[${hostIp}]` : hostIp]
    return addresses.map((address) => `${address}:${published}/${protocol}`)
  })
  return [...new Set(keys)]
}

export const portClaims = (keys: readonly string[]): Claim[] =>
  keys.map((key) => ({ kind: 'port', scope: 'connection', key }))
