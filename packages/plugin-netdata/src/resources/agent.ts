import { type Claim, defineResource } from '@lares/core'
import { hostProvider } from '@lares/transport'
import { findInstallation } from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { bringAbout, refuseTooOld, takeAway } from './agent/change.ts'
import { agentClaim } from './agent/claim.ts'
import { agentChanges } from './agent/diff.ts'
import { agentHealth } from './agent/health.ts'
import { type Inputs, inputs } from './agent/inputs.ts'
import { placeOf } from './agent/place.ts'
import { attributes, attributesOf, containerOf, identityOf } from './agent/state.ts'

/** What listens everywhere takes its port on these. */
const EVERYWHERE: Readonly<Record<string, readonly string[]>> = {
  '*': ['0.0.0.0', '127.0.0.1', '[::]', '[::1]'],
  '0.0.0.0': ['0.0.0.0', '127.0.0.1'],
  '::': ['[::]', '[::1]'],
  localhost: ['127.0.0.1', '[::1]'],
}

/** The ports in a container are its own, or claimed with it. */
const claimsOf = ({ container, bind, port }: Inputs): Claim[] => [
  agentClaim(container),
  ...(container === undefined ? bind : []).flatMap((each) =>
    (EVERYWHERE[each] ?? [each]).map((address) => ({
      kind: 'port',
      scope: 'connection' as const,
      key: `${address}:${port}/tcp`,
    })),
  ),
]

export const agent = defineResource({
  type: 'netdata.agent',
  description: 'A Netdata agent of a host, installed by its packages or in a container, and its netdata.conf.',
  proof: 'real',
  provider: hostProvider,
  inputs,
  attributes,
  identity: identityOf,
  replaceOn: ['container'],
  owner: ({ owner }) => owner,
  claims: claimsOf,
  timeouts: { create: '15m', update: '10m', delete: '10m' },
  async prepare({ connection, inputs, signal }) {
    const version = (await findInstallation(connection, inputs.container, signal))?.version
    if (version) refuseTooOld(inputs, version)
  },
  async read({ connection, identity, signal }) {
    const container = containerOf(identity)
    const found = await findInstallation(connection, container, signal)
    return found && attributesOf(found, container)
  },
  diff: agentChanges,
  create: bringAbout,
  update: bringAbout,
  delete: ({ connection, identity, signal }) => takeAway(connection, containerOf(identity), signal),
  health: agentHealth,
  provides: {
    provider: netdataProvider,
    endpoint: ({ inputs, attributes: found }) => found && placeOf(inputs, found),
  },
  inputsOf: ({
    container,
    settings: { web: { 'bind to': bind, 'default port': port, ...web } = {}, ...settings },
  }) => ({
    ...(container === undefined ? {} : { container }),
    bind: bind?.split(/\s+/) ?? ['*'],
    ...(port === undefined ? {} : { port: Number(port) }),
    settings: { ...settings, ...(Object.keys(web).length > 0 ? { web } : {}) },
  }),
})
