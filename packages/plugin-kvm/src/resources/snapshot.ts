import { defineResource, fail, type Owner } from '@lares/core'
import * as z from 'zod'
import {
  deleteSnapshot,
  describeSnapshot,
  isLibvirtError,
  type Libvirt,
  namesIn,
  readSnapshot,
  readSnapshots,
  type Snapshot,
  type SnapshotKey,
  takeSnapshot,
} from '../client/index.ts'
import { libvirtProvider } from '../provider.ts'

const name = z.string().regex(/^[^/]+$/, 'Expected a name without a slash')

const inputs = z
  .object({
    domain: name.describe('The guest'),
    name: name.optional().describe("Its name; the resource's own when absent"),
    description: z.string().optional().describe('What it is for'),
    diskOnly: z
      .boolean()
      .default(false)
      .describe(
        'Disks alone, in new files beside them; otherwise inside qcow2 disks, with the memory of a guest that runs',
      ),
    quiesce: z.boolean().default(false).describe("The guest's agent brings its file systems to rest meanwhile"),
  })
  .superRefine(({ diskOnly, quiesce }, context) => {
    if (quiesce && !diskOnly)
      context.addIssue({ code: 'custom', path: ['quiesce'], message: '"quiesce" needs "diskOnly"' })
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  domain: z.string(),
  name: z.string(),
  description: z.string().optional(),
  state: z.string().describe('Of the guest when it was taken: `running`, `shutoff`, `disk-snapshot`'),
  parent: z.string().optional(),
  takenAt: z.string().describe('ISO 8601'),
  memory: z.boolean(),
  diskOnly: z.boolean(),
})

const keyOf = ({ domain, name }: Inputs, { address }: Owner): SnapshotKey => ({ domain, name: name ?? address })

const identityOf = ({ domain, name }: SnapshotKey): string => `${domain}/${name}`

function keyIn(identity: string): SnapshotKey {
  const [domain = '', name = ''] = identity.split('/')
  return { domain, name }
}

const attributesOf = ({ kind, ...snapshot }: Snapshot): z.output<typeof attributes> => ({
  ...snapshot,
  diskOnly: kind === 'external',
})

async function mustRead(libvirt: Libvirt, key: SnapshotKey, signal: AbortSignal) {
  const found = await readSnapshot(libvirt, key, signal)
  return found ? attributesOf(found) : fail({ code: 'not_found', summary: `The snapshot "${key.name}" is gone` })
}

/** A state of a guest that can be gone back to: `lares run GUEST revert`. It holds data, so it is kept until it is named. */
export const snapshot = defineResource({
  type: 'kvm.snapshot',
  description: 'A state of a guest that can be gone back to, kept until its loss is agreed to',
  proof: 'real',
  provider: libvirtProvider,
  inputs,
  attributes,
  stateful: true,
  identity: (inputs, owner) => identityOf(keyOf(inputs, owner)),
  replaceOn: ['domain', 'name', 'diskOnly'],
  timeouts: { create: '15m', delete: '15m' },
  predict: (inputs, owner) => keyOf(inputs, owner),

  // How it was taken is over.
  diff: ({ diff }) => diff({ skip: ['quiesce'] }),

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const keys = contexts.map(({ identity }) => keyIn(identity))
    const found = await readSnapshots(connection, keys, signal)
    return found.map((each) => (each === null || each instanceof Error ? each : attributesOf(each)))
  },

  async create({ connection, inputs, owner, signal }) {
    const key = keyOf(inputs, owner)
    await takeSnapshot(connection, key, { ...inputs, signal })
    return await mustRead(connection, key, signal)
  },

  async update({ connection, inputs, owner, signal }) {
    const key = keyOf(inputs, owner)
    await describeSnapshot(connection, key, inputs.description, signal)
    return await mustRead(connection, key, signal)
  },

  async delete({ connection, identity, signal }) {
    try {
      await deleteSnapshot(connection, keyIn(identity), signal)
    } catch (error) {
      if (!isLibvirtError(error, 'unsupported')) throw error
      fail({
        code: 'unsupported',
        summary: `This libvirt cannot delete the snapshot "${identity}", whose disks are in files of their own`,
        detail: error.detail,
        advice: `Merge them with "virsh blockcommit", then run "virsh snapshot-delete ${identity.replace('/', ' ')} --metadata".`,
      })
    }
  },

  async list(connection, signal) {
    const domains = await namesIn(connection, ['list', '--all', '--name'], signal)
    const lists = await connection.read(
      domains.map((domain) => ['snapshot-list', '--domain', domain, '--name']),
      signal,
    )
    const keys = lists.flatMap((list, index) => {
      const names = typeof list === 'string' ? list.split('\n').map((line) => line.trim()) : []
      return names.filter((each) => each !== '').map((each) => ({ domain: domains[index]!, name: each }))
    })
    const found = await readSnapshots(connection, keys, signal)
    return found.flatMap((each) =>
      each === null || each instanceof Error
        ? []
        : [{ identity: identityOf(each), name: each.name, attributes: attributesOf(each) }],
    )
  },

  inputsOf: ({ domain, name, description, diskOnly }) => ({
    domain,
    name,
    ...(description === undefined ? {} : { description }),
    ...(diskOnly ? { diskOnly } : {}),
  }),
})
