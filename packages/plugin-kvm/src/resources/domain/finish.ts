import type { Owner } from '@lares/core'
import { element, formatXml, get, type Libvirt, parseXml, STDIN, type Xml } from '../../client/index.ts'
import { awaitAddress } from './address.ts'
import { attributesOf } from './attributes.ts'
import { disksOf, targetOf } from './devices/disk.ts'
import { type DomainFacts, isRunning, leasesOf, readDomain } from './facts.ts'
import { placeDisks, readPlaces, seedPool } from './layout.ts'
import { type Mark, readMark, UNWRITTEN, writeMark } from './metadata.ts'
import { start } from './power.ts'
import { reserveAddresses } from './reservations.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'
import { makeSeed, writeSeed } from './seed.ts'
import { provideVolume } from './storage.ts'
import { nameOf } from './wanted.ts'

export interface WorkContext {
  connection: Libvirt
  address: string
  owner: Owner
  inputs: DomainInputs
  signal: AbortSignal
  log(message: string): void
}

/** Writes a document in place of the guest's; what libvirt refuses changes nothing. */
export async function define({ connection, signal }: Pick<WorkContext, 'connection' | 'signal'>, domain: Xml) {
  await connection.virsh(['define', STDIN], { input: formatXml(domain), signal })
}

/** The document that it starts with the next time, passwords included. */
export const readDocument = async ({ connection, signal }: Pick<WorkContext, 'connection' | 'signal'>, name: string) =>
  parseXml(await connection.virsh(['dumpxml', '--inactive', '--security-info', name], { signal }))

/** Changes the mark of a guest and nothing else. */
export async function remark(context: WorkContext, name: string, change: (mark: Mark) => Mark): Promise<void> {
  const domain = await readDocument(context, name)
  writeMark(domain, change(readMark(domain)))
  await define(context, domain)
}

/** Goes on with a guest that is defined but not finished: volumes, seed, first start, address. May be done again. */
export async function finish(context: WorkContext): Promise<DomainAttributes> {
  const { connection, inputs, owner, signal, log } = context
  const name = nameOf(inputs, owner)
  let domain = await readDocument(context, name)
  const mark = readMark(domain)
  const facts = await readDomain(connection, name, signal)
  if (mark.pending === 'create' && facts && !isRunning(facts)) {
    const places = await readPlaces(connection, inputs, signal)
    for (const disk of placeDisks(inputs.disks, owner, places, domain, mark)) {
      const { path, format } = placeOf(domain, disk.target)
      await provideVolume(context, { ...disk, source: { path, format } })
    }
    domain = await seed(context, domain, places.pools.get(seedPool(inputs.disks))?.path)
  }
  const macs = new Map(readMark(domain).interfaces.map((each) => [each.name, each.mac]))
  await reserveAddresses(connection, inputs, owner, macs, signal)
  if (inputs.autostart !== undefined) await setAutostart(context, name, inputs.autostart)
  if (inputs.running === false) return await settle(context, name, facts ?? undefined)
  if (mark.pending === 'create') await remark(context, name, (old) => ({ ...old, pending: 'start' }))
  log('starting')
  await start(context, name)
  const last = await awaitAddress(context, name, facts && !isRunning(facts) ? leasesOf(facts) : new Set())
  return await settle(context, name, last)
}

const placeOf = (domain: Xml, target: string) => {
  const disk = disksOf(domain).find((each) => targetOf(each) === target)
  return { path: get(disk, 'source@file') ?? get(disk, 'source@dev'), format: get(disk, 'driver@type') }
}

/** Cloud images have no drivers for much else than virtio, so it is no CD; and it is never first. */
const SEED_TARGET = 'vdz'

/**
 * Makes the seed and attaches it: the key of the host is known before anything has booted with it. What the seed holds is
 * noted when it is written; until then the note is empty, wherever this ends.
 */
export async function seed(context: WorkContext, domain: Xml, directory: string | undefined): Promise<Xml> {
  const { connection, inputs, owner, signal } = context
  const uuid = get(domain, 'uuid') ?? ''
  const mark = readMark(domain)
  const macs = mark.interfaces.map(({ mac }) => mac)
  const target = mark.seed?.target ?? SEED_TARGET
  const made = await makeSeed(inputs, owner, { uuid, pool: seedPool(inputs.disks), macs, target }, signal)
  if (!made?.mark.seed || directory === undefined) return domain
  const next = structuredClone(domain)
  if (!disksOf(next).some((disk) => targetOf(disk) === target)) {
    const path = `${directory}/${made.mark.seed.volume}`
    const disk = element(
      'disk',
      { type: 'file', device: 'disk' },
      element('driver', { name: 'qemu', type: 'raw' }),
      element('source', { file: path }),
      element('target', { dev: target, bus: 'virtio' }),
      element('readonly'),
    )
    next.children.find((each): each is Xml => typeof each !== 'string' && each.name === 'devices')?.children.push(disk)
  }
  writeMark(next, { ...mark, seed: { ...made.mark.seed, digest: UNWRITTEN } })
  await define(context, next)
  await writeSeed(connection, made.mark.seed, made.content, signal)
  const { hostKey: _, ...old } = mark
  writeMark(next, { ...old, ...made.mark })
  await define(context, next)
  return next
}

export async function setAutostart({ connection, signal }: WorkContext, name: string, wanted: boolean): Promise<void> {
  await connection.virsh(['autostart', ...(wanted ? [] : ['--disable']), name], { signal })
}

/** Takes the mark of unfinished work away and tells what there is now. */
export async function settle(context: WorkContext, name: string, facts?: DomainFacts): Promise<DomainAttributes> {
  const { connection, signal } = context
  if (!facts || readMark(facts.inactive).pending !== undefined)
    await remark(context, name, ({ pending: _, ...mark }) => mark)
  const last = await readDomain(connection, name, signal)
  if (!last) throw new Error(`${name} is gone`)
  return attributesOf(last)
}
