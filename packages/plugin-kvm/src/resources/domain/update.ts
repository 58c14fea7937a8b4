import { fail, parseSize, type UpdateContext } from '@lares/core'
import { get, type Libvirt, type Xml } from '../../client/index.ts'
import { resizeVolume } from '../../client/volumes/change.ts'
import { awaitAddress } from './address.ts'
import { writeDevices, writeSettings } from './document.ts'
import { type DomainFacts, isRunning, leasesOf, readDomain } from './facts.ts'
import { fields, type Tree } from './fields.ts'
import { define, finish, readDocument, seed, setAutostart, settle } from './finish.ts'
import { type PlacedDisk, placeDisks, readPlaces, seedPool } from './layout.ts'
import { applyLive } from './live.ts'
import { type Mark, readMark } from './metadata.ts'
import { shutDown, start } from './power.ts'
import { reserveAddresses } from './reservations.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'
import { takeSnapshot } from './snapshots.ts'
import { provideVolume } from './storage.ts'
import { settingsOf } from './wanted.ts'

type Context = UpdateContext<DomainInputs, DomainAttributes, Libvirt>

/** Changes a guest: what it can take while it runs at once, the rest in its definition and by a restart. */
export async function updateDomain(context: Context): Promise<DomainAttributes> {
  const { connection, inputs, changes, observed, signal } = context
  const { name } = observed
  const facts = await readDomain(connection, name, signal)
  if (!facts) return fail({ code: 'not_found', summary: `The guest "${name}" is gone` })
  refuseShrinking(context)
  const running = isRunning(facts)
  const restarts = running && changes.some(({ effect, path }) => effect === 'restart' && path !== 'running')
  const before = await readDocument(context, name)
  const mark = readMark(before)
  const places = await readPlaces(connection, inputs, signal)
  const placed = placeDisks(inputs.disks, context.owner, places, before, mark)
  for (const disk of placed) if (!disk.before) await provideVolume(context, disk)
  await growDisks(context, placed, facts)
  const next = changedDocument(context, before, placed, restarts ? 'restart' : mark.pending)
  if (running) await applyLive(context, name, facts.live, next)
  await define(context, next)
  const macs = new Map(readMark(next).interfaces.map((each) => [each.name, each.mac]))
  await reserveAddresses(connection, inputs, context.owner, macs, signal)
  const stops = running && inputs.running === false
  if (!stops && (mark.pending === 'create' || mark.pending === 'start')) return await finish(context)
  if (inputs.autostart !== undefined) await setAutostart(context, name, inputs.autostart)
  if (restarts || stops) await shutDown(context, name, inputs.shutdown)
  // It was stopped to be started again, by this run or by one that was interrupted.
  const wasRunning = restarts || mark.pending === 'restart'
  if (wasRunning && inputs.snapshotBefore) await takeSnapshot(context, name)
  if (changes.some(({ path }) => path === 'cloudInit')) {
    const directory = places.pools.get(seedPool(inputs.disks))?.path
    await seed(context, await readDocument(context, name), directory)
  }
  const starts = wasRunning ? inputs.running !== false : !running && inputs.running === true
  if (!starts) {
    const isRewired = running && !stops && changes.some(({ path }) => path.startsWith('interfaces'))
    return await settle(context, name, isRewired ? await awaitAddress(context, name, new Set()) : undefined)
  }
  await start(context, name)
  return await settle(context, name, await awaitAddress(context, name, leasesOf(facts)))
}

/** The guest's document with what has changed, and with nothing else touched. */
function changedDocument(
  { inputs, owner, changes }: Context,
  before: Xml,
  placed: readonly PlacedDisk[],
  pending: Mark['pending'],
): Xml {
  const next = structuredClone(before)
  const mark = readMark(before)
  const changed = new Set(changes.map(({ path }) => path))
  const only = new Set(fields.map(({ path }) => path).filter((path) => changed.has(path)))
  const touched = (path: string) =>
    [...changed].some((each) => each === path || each.startsWith(`${path}[`) || each.startsWith(`${path}.`))
  writeSettings(next, settingsOf(inputs as Tree), only)
  const lists = ['disks', 'interfaces', 'hostDevices', 'filesystems', 'graphics', 'xml'] as const
  const parts = Object.fromEntries(lists.flatMap((key) => (touched(key) ? [[key, inputs[key]]] : []))) as Partial<
    Pick<DomainInputs, (typeof lists)[number]>
  >
  const { pending: _, ...rest } = mark
  writeDevices(next, parts, owner, placed, { ...rest, ...(pending ? { pending } : {}) })
  return next
}

async function growDisks({ connection, signal }: Context, placed: readonly PlacedDisk[], facts: DomainFacts) {
  for (const { wanted, target, mark, before } of placed) {
    const now = facts.sizes.get(target)
    if (wanted.size === undefined || now === undefined || !before) continue
    const size = parseSize(wanted.size)
    if (size <= now) continue
    if (isRunning(facts)) await connection.virsh(['blockresize', facts.name, target, `${size}B`], { signal })
    else if (mark.pool !== undefined && mark.volume !== undefined)
      await resizeVolume(connection, { pool: mark.pool, name: mark.volume }, size, { signal })
    else {
      const path = get(before, 'source@file') ?? get(before, 'source@dev') ?? ''
      const format = get(before, 'driver@type') ?? 'raw'
      await connection.host.exec(['qemu-img', 'resize', '-f', format, path, String(size)], { signal })
    }
  }
}

function refuseShrinking({ changes, address }: Context): void {
  const shrunk = changes.find(({ loses, path }) => loses !== undefined && path.endsWith('.size'))
  if (shrunk)
    fail({
      code: 'disk_shrinks',
      address,
      path: shrunk.path,
      summary: `A disk is never made smaller: ${String(shrunk.before)} to ${String(shrunk.after)}`,
      advice: 'Add a smaller disk, move the data inside the guest, and take this one away.',
    })
}
