import { type Change, defineResource, fail, formatSize, isUnknown, type Owner, parseSize } from '@lares/core'
import * as z from 'zod'
import {
  attachmentsOf,
  createFromImage,
  createVolume,
  deleteVolume,
  ensureImage,
  imageInput,
  type Libvirt,
  listVolumes,
  namesIn,
  readPool,
  readVolume,
  readVolumes,
  resizeVolume,
  type Volume,
  type VolumeKey,
  volumesOver,
} from '../client/index.ts'
import { libvirtProvider } from '../provider.ts'
import { size } from './domain/schema-parts.ts'

const octal = z.string().regex(/^0?[0-7]{3,4}$/, "Expected octal digits as text: '0640'")

const inputs = z
  .object({
    name: z.string().min(1).optional().describe("Its name in the pool; the resource's own when absent"),
    pool: z.string().min(1).default('default').describe('The storage pool that it is in'),
    size: size
      .optional()
      .describe('Bytes that a guest sees; that of its origin when absent. It grows, and never shrinks'),
    format: z.enum(['qcow2', 'raw']).optional().describe('`qcow2` in pools of files when absent, `raw` in others'),
    allocation: size.optional().describe('What of it is set aside at once'),
    image: imageInput.optional().describe('What it begins with'),
    backing: z.enum(['copy', 'overlay']).default('copy').describe('Whether the image is copied or lies below it'),
    copyOf: z
      .strictObject({ pool: z.string().optional(), name: z.string() })
      .optional()
      .describe('Another volume that it begins as a copy of; in the same pool when none is named'),
    mode: octal.optional().describe("Permissions of its file as it is made: `'0640'`"),
    owner: z.number().int().min(0).optional().describe('Number of the user that its file is made for'),
    group: z.number().int().min(0).optional().describe('Number of the group that its file is made for'),
  })
  .superRefine(({ size, image, copyOf }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (size === undefined && !image && !copyOf) refuse('size', 'It is missing: an empty volume has a size')
    if (image && copyOf) refuse('copyOf', '"image" and "copyOf" exclude each other')
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  name: z.string(),
  pool: z.string(),
  path: z.string().describe('Its file or device on the host'),
  kind: z.string().describe('`file`, `block`, …'),
  size: z.number().describe('Bytes that a guest sees'),
  format: z.string().optional(),
  below: z.string().optional().describe('The file that it is laid over'),
})

const keyOf = ({ pool, name }: Inputs, { address }: Owner): VolumeKey => ({ pool, name: name ?? address })

/** A pool's name may have no slash, its volumes' names neither. */
const identityOf = ({ pool, name }: VolumeKey): string => `${pool}/${name}`

function keyIn(identity: string): VolumeKey {
  const [pool = '', name = ''] = identity.split('/')
  return { pool, name }
}

const attributesOf = ({ name, pool, path, type, capacity, format, backing }: Volume): z.output<typeof attributes> => ({
  name,
  pool,
  path,
  kind: type,
  size: capacity,
  ...(format === undefined ? {} : { format }),
  ...(backing ? { below: backing.path } : {}),
})

/** Logical volumes are rounded up to whole extents. */
const EXTENT = 64 * 2 ** 20

function sizeChange(wanted: unknown, { size, kind }: z.output<typeof attributes>, before?: Change): Change[] {
  if (wanted === undefined) return []
  if (isUnknown(wanted)) return before ? [before] : []
  const bytes = parseSize(wanted as string | number)
  const isRounded = kind === 'block' && size > bytes && size - bytes < EXTENT
  if (bytes === size || isRounded) return []
  const change = { path: 'size', before: formatSize(size), after: formatSize(bytes), effect: 'live' as const }
  return [
    {
      ...change,
      cause: before?.cause ?? 'changed',
      ...(bytes < size ? { note: 'refused: a volume is not made smaller' } : {}),
    },
  ]
}

async function make(inputs: Inputs, key: VolumeKey, { connection, log, signal }: Context): Promise<Volume> {
  const pool = await readPool(connection, key.pool, signal)
  if (!pool)
    fail({
      code: 'no_pool',
      path: 'pool',
      summary: `There is no storage pool "${key.pool}"`,
      advice: `Declare one: kvm.pool('${key.pool}', { … }); or name another one.`,
    })
  const ofFiles = ['dir', 'fs', 'netfs'].includes(pool.type)
  const { format = ofFiles ? 'qcow2' : undefined, allocation, mode, owner, group, image, copyOf, backing } = inputs
  const spec = {
    ...{ ...key, format, mode, owner, group },
    capacity: inputs.size === undefined ? undefined : parseSize(inputs.size),
    allocation: allocation === undefined ? undefined : parseSize(allocation),
  }
  const options = { signal }
  if (copyOf) {
    const origin = { pool: copyOf.pool ?? key.pool, name: copyOf.name }
    return await createVolume(connection, { ...spec, copyOf: origin }, options)
  }
  if (image === undefined) return await createVolume(connection, spec, options)
  const found = await ensureImage(connection, image, { log, signal })
  if (spec.capacity !== undefined && spec.capacity < found.virtualSize)
    fail({
      code: 'too_small',
      path: 'size',
      summary: `The image has ${formatSize(found.virtualSize)}, and the volume would have ${formatSize(spec.capacity)}`,
    })
  if (backing === 'copy') return await createFromImage(connection, spec, found, options)
  const capacity = spec.capacity ?? found.virtualSize
  return await createVolume(connection, { ...spec, capacity, backing: found }, options)
}

interface Context {
  connection: Libvirt
  log(message: string): void
  signal: AbortSignal
}

/** A volume of a storage pool. It holds data, so it goes only when its address is named for that. */
export const volume = defineResource({
  type: 'kvm.volume',
  description: 'A volume of a storage pool: a disk for a guest, kept until its loss is agreed to',
  proof: 'real',
  provider: libvirtProvider,
  inputs,
  attributes,
  stateful: true,
  identity: (inputs, owner) => identityOf(keyOf(inputs, owner)),
  replaceOn: ['name', 'pool', 'format', 'image', 'backing', 'copyOf'],
  timeouts: { create: '2h' },
  predict: (inputs, owner) => keyOf(inputs, owner),
  claims: ({ pool, name }) =>
    name === undefined ? [] : [{ kind: 'volume', scope: 'connection', key: `${pool}/${name}` }],

  diff({ desired, set, observed, diff }) {
    const changes = diff()
    const sized = changes.find(({ path }) => path === 'size')
    const others = changes.filter(({ path }) => !['size', 'allocation', 'mode', 'owner', 'group'].includes(path))
    return [...others, ...sizeChange(set.size === undefined ? undefined : desired.size, observed, sized)]
  },

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const keys = contexts.map(({ identity }) => keyIn(identity))
    const found = await readVolumes(connection, keys, signal)
    return found.map((each) => (each === null || each instanceof Error ? each : attributesOf(each)))
  },

  async create(context) {
    const { inputs, owner } = context
    return attributesOf(await make(inputs, keyOf(inputs, owner), context))
  },

  async update({ connection, inputs, owner, observed, signal }) {
    const key = keyOf(inputs, owner)
    const wanted = inputs.size === undefined ? observed.size : parseSize(inputs.size)
    return attributesOf(await resizeVolume(connection, key, wanted, { signal }))
  },

  async delete({ connection, identity, signal }) {
    const key = keyIn(identity)
    const found = await readVolume(connection, key, signal)
    if (!found) return
    const [attached, over] = await Promise.all([
      attachmentsOf(connection, found.path, signal),
      volumesOver(connection, found.path, signal),
    ])
    const users = [
      ...attached.map(({ domain }) => `the guest "${domain}"`),
      ...over.map(({ name }) => `the volume "${name}", which is laid over it`),
    ]
    if (users.length > 0)
      fail({ code: 'in_use', summary: `The volume "${identity}" is in use by ${[...new Set(users)].join(', ')}` })
    await deleteVolume(connection, key, { signal })
  },

  async list(connection, signal) {
    const pools = await namesIn(connection, ['pool-list', '--name'], signal)
    const found = await listVolumes(connection, pools, signal)
    return found.map((each) => ({
      identity: identityOf(each),
      name: each.name.replace(/\.(qcow2|img|raw|iso)$/, ''),
      attributes: attributesOf(each),
    }))
  },

  inputsOf: ({ name, pool, size, format }) => ({
    name,
    ...(pool === 'default' ? {} : { pool }),
    size: formatSize(size),
    ...(format === 'raw' || format === 'qcow2' ? { format: format as 'raw' | 'qcow2' } : {}),
  }),
})
