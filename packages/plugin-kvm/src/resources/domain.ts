import { defineResource } from '@lares/core'
import { hostProvider } from '@lares/transport'
import { LibvirtError } from '../client/index.ts'
import { libvirtProvider } from '../provider.ts'
import { domainActions } from './domain/actions.ts'
import { attributesOf } from './domain/attributes.ts'
import { claimsOf } from './domain/claims.ts'
import { createDomain } from './domain/create.ts'
import { deleteDomain } from './domain/delete.ts'
import { diffDomain } from './domain/diff.ts'
import { endpointOf } from './domain/endpoint.ts'
import { readDomains } from './domain/facts.ts'
import { domainHealth } from './domain/health.ts'
import { inputsOf } from './domain/import.ts'
import { domainLifecycle } from './domain/lifecycle.ts'
import { outlineDomain } from './domain/outline.ts'
import { prepareDomain } from './domain/prepare.ts'
import { isReady } from './domain/ready.ts'
import { replaceDomain } from './domain/replace.ts'
import { domainAttributes, domainInputs } from './domain/schema.ts'
import { updateDomain } from './domain/update.ts'
import { namedInterfaces, nameOf } from './domain/wanted.ts'

/** A guest. Its disks are volumes that are made with it, hold data, and are kept until their loss is agreed to. */
export const domain = defineResource({
  type: 'kvm.domain',
  description: 'A guest of libvirt, with its disks and its first boot. It is a host for what is put on it.',
  proof: 'real',
  provider: libvirtProvider,
  inputs: domainInputs,
  attributes: domainAttributes,
  identity: nameOf,
  whenUnset: 'release',
  owner: ({ owner }) => owner,
  predict(inputs, owner) {
    const [first] = namedInterfaces(inputs.interfaces, owner)
    return { name: nameOf(inputs, owner), ...(first?.address === undefined ? {} : { ip: first.address }) }
  },
  claims: claimsOf,
  stateful: ({ disks }) => disks.flatMap(({ name, volume }) => (volume === undefined ? [] : [`disks/${name}`])),
  timeouts: { create: '1h', update: '1h', delete: '15m', ready: '15m' },
  provides: {
    provider: hostProvider,
    endpoint: ({ inputs, attributes }) => endpointOf(inputs, attributes),
    destroysContents: true,
  },

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const found = await readDomains(
      connection,
      contexts.map(({ identity }) => identity),
      signal,
    )
    return found.map((each, index) =>
      each === null || each instanceof LibvirtError ? each : attributesOf(each, contexts[index]!.recorded?.ip),
    )
  },

  prepare: prepareDomain,
  diff: diffDomain,
  outline: outlineDomain,
  create: createDomain,
  update: updateDomain,
  replace: replaceDomain,
  delete: deleteDomain,
  ready: isReady,
  actions: domainActions,
  lifecycle: domainLifecycle,
  health: domainHealth,

  async list(connection, signal) {
    const listed = await connection.virsh(['list', '--all', '--name'], { signal })
    const names = listed.split('\n').filter((name) => name !== '')
    const found = await readDomains(connection, names, signal)
    return found.flatMap((each) =>
      each === null || each instanceof LibvirtError
        ? []
        : [{ identity: each.name, name: each.name, attributes: attributesOf(each) }],
    )
  },

  inputsOf,
})
