import { defineResource, fail, type Owner } from '@lares/core'
import * as z from 'zod'
import {
  element,
  formatXml,
  isLibvirtError,
  type Libvirt,
  namesIn,
  type Pool,
  parseXml,
  readPool,
  readPools,
  STDIN,
  type Xml,
} from '../client/index.ts'
import { libvirtProvider } from '../provider.ts'
import { merge } from './domain/raw-xml.ts'
import { startChanges } from './started.ts'

const source = z.strictObject({
  host: z.string().optional().describe('The server, for `netfs`'),
  directory: z.string().startsWith('/').optional().describe('What the server exports, for `netfs`'),
  devices: z.array(z.string().startsWith('/')).optional().describe('Block devices, for `fs` and `logical`'),
  name: z.string().optional().describe('The volume group (`logical`) or the ZFS pool (`zfs`)'),
  format: z.string().optional().describe('`ext4`, `xfs`; `nfs`, `cifs`; `lvm2`'),
})

const shape = {
  name: z.string().min(1).optional().describe("Its name; the resource's own when absent"),
  kind: z
    .enum(['dir', 'fs', 'netfs', 'logical', 'zfs', 'disk', 'iscsi', 'rbd', 'scsi', 'mpath'])
    .default('dir')
    .describe('What its volumes are in: a directory, a file system that it mounts, an NFS share, a volume group, …'),
  path: z.string().startsWith('/').optional().describe('Where its volumes are on the host'),
  source: source.optional().describe('Where its storage comes from'),
  autostart: z.boolean().default(true).describe('Started with the host'),
  active: z.boolean().default(true).describe('Started now'),
  build: z
    .boolean()
    .optional()
    .describe('Its directory is made when it is not there; `logical` makes a volume group of its devices only if true'),
  xml: z
    .string()
    .optional()
    .describe('What libvirt knows and this does not: a `<pool>` whose contents are brought into its definition'),
}

const inputs = z.object(shape).superRefine(({ kind, path, source }, context) => {
  const missing = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (['dir', 'fs', 'netfs'].includes(kind) && path === undefined)
    missing(['path'], `It is missing: where are the volumes of a pool of the kind "${kind}"?`)
  if (['logical', 'zfs', 'rbd'].includes(kind) && source?.name === undefined)
    missing(['source', 'name'], `It is missing: a pool of the kind "${kind}" has one`)
  if (kind === 'netfs' && (source?.host === undefined || source.directory === undefined))
    missing(['source'], 'It is missing: a share has "host" and "directory"')
  if (kind === 'fs' && source?.devices?.length !== 1) missing(['source', 'devices'], 'Expected one device')
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  name: z.string(),
  uuid: z.string(),
  kind: z.string(),
  path: z.string().optional(),
  source: source.extend({ directory: z.string().optional(), devices: z.array(z.string()).optional() }),
  autostart: z.boolean(),
  active: z.boolean(),
})

const nameOf = ({ name }: Inputs, { address }: Owner): string => name ?? address

const attributesOf = ({ persistent: _, type, ...pool }: Pool): z.output<typeof attributes> => ({ ...pool, kind: type })

function documentOf({ kind, path, source = {}, xml }: Inputs, name: string): Xml {
  const { host, directory, devices = [], name: sourceName, format } = source
  const document = element(
    'pool',
    { type: kind },
    element('name', {}, name),
    element(
      'source',
      {},
      host === undefined ? undefined : element('host', { name: host }),
      directory === undefined ? undefined : element('dir', { path: directory }),
      ...devices.map((device) => element('device', { path: device })),
      sourceName === undefined ? undefined : element('name', {}, sourceName),
      format === undefined ? undefined : element('format', { type: format }),
    ),
    path === undefined ? undefined : element('target', {}, element('path', {}, path)),
  )
  if (xml !== undefined) merge(document, parseXml(xml))
  return document
}

/** Types of which building makes a directory and nothing else. */
const DIRECTORIES: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs'])

async function bringUp(libvirt: Libvirt, name: string, inputs: Inputs, signal: AbortSignal): Promise<void> {
  const { kind, autostart, active, build = DIRECTORIES.has(kind) } = inputs
  if (build) await libvirt.virsh(['pool-build', '--pool', name], { signal, timeout: 300_000 })
  await setAutostart(libvirt, name, autostart, signal)
  if (active) await libvirt.virsh(['pool-start', '--pool', name], { signal, timeout: 300_000 })
}

const setAutostart = (libvirt: Libvirt, name: string, on: boolean, signal: AbortSignal) =>
  libvirt.virsh(['pool-autostart', '--pool', name, ...(on ? [] : ['--disable'])], { signal })

async function mustRead(libvirt: Libvirt, name: string, signal: AbortSignal): Promise<Pool> {
  return (await readPool(libvirt, name, signal)) ?? fail({ code: 'not_found', summary: `The pool "${name}" is gone` })
}

/** A storage pool. Deleting it forgets where its volumes are; the volumes stay. */
export const pool = defineResource({
  type: 'kvm.pool',
  description: 'A storage pool; what is in it stays when it goes',
  proof: 'real',
  provider: libvirtProvider,
  inputs,
  attributes,
  stateful: true,
  identity: nameOf,
  replaceOn: ['name', 'kind', 'path', 'source', 'xml'],
  predict: (inputs, owner) => ({ name: nameOf(inputs, owner) }),
  claims: (pool) => (pool.path === undefined ? [] : [{ kind: 'storage pool', scope: 'connection', key: pool.path }]),

  diff({ desired, observed, diff }) {
    const changes = diff({ skip: ['build'] })
    return [...changes, ...startChanges(desired, observed, changes)]
  },

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const names = contexts.map(({ identity }) => identity)
    const found = await readPools(connection, names, signal)
    return found.map((each) => (each === null || each instanceof Error ? each : attributesOf(each)))
  },

  async create({ connection, inputs, owner, signal }) {
    const name = nameOf(inputs, owner)
    const input = formatXml(documentOf(inputs, name))
    await connection.virsh(['pool-define', '--file', STDIN], { input, signal })
    await bringUp(connection, name, inputs, signal)
    return attributesOf(await mustRead(connection, name, signal))
  },

  async update({ connection, inputs, owner, observed, signal }) {
    const name = nameOf(inputs, owner)
    if (!observed.active && inputs.active) await bringUp(connection, name, inputs, signal)
    else await setAutostart(connection, name, inputs.autostart, signal)
    if (observed.active && !inputs.active) await connection.virsh(['pool-destroy', '--pool', name], { signal })
    return attributesOf(await mustRead(connection, name, signal))
  },

  async delete({ connection, identity, signal }) {
    const found = await readPool(connection, identity, signal)
    if (found?.active) await connection.virsh(['pool-destroy', '--pool', identity], { signal }).catch(unlessGone)
    if (found?.persistent) await connection.virsh(['pool-undefine', '--pool', identity], { signal }).catch(unlessGone)
  },

  async list(connection, signal) {
    const names = await namesIn(connection, ['pool-list', '--all', '--name'], signal)
    const found = await readPools(connection, names, signal)
    return found.flatMap((each) =>
      each === null || each instanceof Error
        ? []
        : [{ identity: each.name, name: each.name, attributes: attributesOf(each) }],
    )
  },

  inputsOf: ({ name, kind, path, source, autostart, active }) => ({
    name,
    kind: kind as Inputs['kind'],
    ...(path === undefined ? {} : { path }),
    ...(Object.keys(source).length > 0 ? { source } : {}),
    ...(autostart ? {} : { autostart }),
    ...(active ? {} : { active }),
  }),
})

const unlessGone = (error: unknown): void => {
  if (!isLibvirtError(error, 'not_found', 'not_running')) throw error
}
