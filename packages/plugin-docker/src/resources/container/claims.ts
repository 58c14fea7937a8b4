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

/** What is mounted at a folder of the host that a container has, or above it, is to be there before the container looks into it. */
export function needsOf(inputs: ContainerInputs): Claim[] {
  const { mounts = [] } = canonicalOptions(optionsOf(inputs))
  const folders = mounts.flatMap(({ type, source }) => (type === 'bind' && source?.startsWith('/') ? [source] : []))
  return [...new Set(folders.flatMap(withParents))].map((key) => ({ kind: 'mount point', scope: 'connection', key }))
}

const withParents = (path: string): string[] => {
  const parts = path.split('/').filter((part) => part !== '')
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
}
