import { defineResource } from '@lares/core'
import * as z from 'zod'
import type { VolumeInspect } from '../client/index.ts'
import { dockerProvider } from '../provider.ts'
import { labelsInput, markedLabels, ownerAttribute, ownerOf, plainLabels } from './owner.ts'

const strings = z.record(z.string(), z.string())

const inputs = z.object({
  name: z.string().min(1).optional().describe("Name on the engine; the resource's own when absent"),
  driver: z.string().optional().describe('Volume driver: `local` when absent'),
  options: strings
    .optional()
    .describe('Options of the driver: `{ type: "nfs", o: "addr=10.0.0.5,rw", device: ":/x" }`'),
  labels: labelsInput,
})

const attributes = z.object({
  name: z.string(),
  driver: z.string(),
  options: strings,
  labels: strings,
  mountpoint: z.string().describe('Where its files are on the host'),
  scope: z.string(),
  owner: ownerAttribute,
})

const attributesOf = (volume: VolumeInspect): z.input<typeof attributes> => ({
  name: volume.Name,
  driver: volume.Driver,
  options: volume.Options ?? {},
  labels: plainLabels(volume.Labels),
  mountpoint: volume.Mountpoint,
  scope: volume.Scope,
  ...ownerOf(volume.Labels),
})

/** A named volume. It holds data, so it is replaced or deleted only when its address is named for that. */
export const volume = defineResource({
  type: 'docker.volume',
  description: 'A named volume, kept until its loss is agreed to',
  proof: 'real',
  provider: dockerProvider,
  inputs,
  attributes,
  stateful: true,
  identity: ({ name }, owner) => name ?? owner.address,
  replaceOn: ['driver', 'options', 'labels'],
  owner: ({ owner }) => owner,
  predict: ({ name }, owner) => ({ name: name ?? owner.address }),

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const listed = await connection.volumes.list({ signal })
    const byName = new Map(listed.map((found) => [found.Name, found]))
    return contexts.map(({ identity }) => {
      const found = byName.get(identity)
      return found ? attributesOf(found) : null
    })
  },

  async create({ connection, inputs: { name, driver, options, labels }, owner, signal }) {
    const wanted = { driver, driverOptions: options, labels: markedLabels(owner, labels) }
    return attributesOf(await connection.volumes.create(name ?? owner.address, wanted, { signal }))
  },

  async delete({ connection, identity, signal }) {
    await connection.volumes.remove(identity, { signal })
  },

  async list(connection, signal) {
    const listed = await connection.volumes.list({ signal })
    return listed.map((found) => ({ identity: found.Name, name: found.Name, attributes: attributesOf(found) }))
  },

  inputsOf: ({ name, driver, options, labels }) => ({
    name,
    ...(driver === 'local' ? {} : { driver }),
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  }),
})
