import { isEmpty } from './defined.ts'
import type { NetworkSpec } from './network.ts'
import type { ContainerSpec } from './spec.ts'

/** Something that was said, and the engine that is the first to know it: one that doesn't ignores it without a word. */
export type TooNew = { option: string; api: string; engine: string }

const ENGINES: Readonly<Record<string, string>> = {
  '1.43': '24',
  '1.44': '25',
  '1.45': '26',
  '1.48': '28',
}

/** True when an API version such as `1.44` is at least another one. */
export function isAtLeast(apiVersion: string, minimum: string): boolean {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number)
  const [minimumMajor = 0, minimumMinor = 0] = minimum.split('.').map(Number)
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor)
}

/** The options of a container that an engine of this API version would ignore. */
export function tooNewOptions(spec: Partial<ContainerSpec>, apiVersion: string): TooNew[] {
  const mounts = spec.mounts ?? []
  const attachments = Object.entries(spec.networks ?? {})
  const needs: [api: string, options: string[]][] = [
    ['1.43', isEmpty(spec.annotations ?? {}) ? [] : ['annotations']],
    ['1.44', spec.healthcheck?.startInterval === undefined ? [] : ['healthcheck.startInterval']],
    ['1.44', mounts.filter((it) => it.recursiveReadOnly).map(({ target }) => `mounts[${target}].recursiveReadOnly`)],
    ['1.45', mounts.filter((it) => it.subpath).map(({ target }) => `mounts[${target}].subpath`)],
    ['1.48', attachments.filter(([, it]) => it.gatewayPriority).map(([name]) => `networks.${name}.gatewayPriority`)],
  ]
  return tooNew(needs, apiVersion)
}

/** The same for a network. */
export function tooNewNetworkOptions(spec: NetworkSpec, apiVersion: string): TooNew[] {
  return tooNew([['1.48', spec.ipv4 === false ? ['ipv4'] : []]], apiVersion)
}

/** `annotations: it needs Docker Engine 24 or later, and this one speaks API 1.41` */
export const tooNewMessage = ({ option, engine }: TooNew, apiVersion: string): string =>
  `${option}: it needs Docker Engine ${engine} or later, and this one speaks API ${apiVersion}`

const tooNew = (needs: readonly (readonly [api: string, options: string[]])[], apiVersion: string): TooNew[] =>
  needs
    .filter(([api]) => !isAtLeast(apiVersion, api))
    .flatMap(([api, options]) => options.map((option) => ({ option, api, engine: ENGINES[api] ?? api })))
