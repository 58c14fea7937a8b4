import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JournalEntry } from '@lares/core'
import { type MemoryStore, memoryStore } from '@lares/core/testing'
import { directory, images, plantData, plantImage } from './disks.ts'
import { empty, virsh } from './hypervisor.ts'
import { live } from './life.ts'
import type { Stage } from './wanted.ts'

/** What a passage begins with, as often as it is played. */
export interface Beginning {
  /** Leaves exactly that on the hypervisor; resolves with the state of then. */
  restore(): Promise<MemoryStore>
}

async function clear(): Promise<void> {
  await empty()
  for (const folder of [directory, images]) await rm(folder, { recursive: true, force: true })
}

/** A lab that was never applied. */
export async function fromNothing(): Promise<Beginning> {
  await plantImage()
  return {
    async restore() {
      await clear()
      return memoryStore('crash')
    },
  }
}

/** Applies a stage once, with data in the guest's data disk, and keeps copies of all that it made. */
export async function fromStage(stage: Stage): Promise<Beginning> {
  await clear()
  await plantImage()
  await plantData()
  const store = memoryStore('crash')
  const { trouble } = await live(store, { to: stage })
  if (trouble !== '') throw new Error(trouble)

  const folder = await mkdtemp(join(tmpdir(), 'lares-crash-'))
  const copies = [directory, images].map((source, index) => ({ source, copy: join(folder, String(index)) }))
  for (const { source, copy } of copies) await cp(source, copy, { recursive: true })
  const documents = await virsh(
    ['pool-dumpxml', 'lares-images'],
    ['pool-dumpxml', 'store'],
    ['net-dumpxml', '--inactive', 'lan'],
    ['dumpxml', '--inactive', '--security-info', 'guest'],
  )
  const files = documents.map((_, index) => join(folder, `${index}.xml`))
  await Promise.all(documents.map((document, index) => writeFile(files[index]!, document)))
  const [imagePool = '', pool = '', network = '', guest = ''] = files

  return {
    async restore() {
      await clear()
      for (const { source, copy } of copies) await cp(copy, source, { recursive: true })
      const pools = ['lares-images', 'store'].flatMap((name) => [
        ['pool-autostart', name],
        ['pool-start', name],
      ])
      await virsh(
        ['pool-define', imagePool],
        ['pool-define', pool],
        ...pools,
        ['net-define', network],
        ['net-autostart', 'lan'],
        ['net-start', 'lan'],
        ['define', guest],
        ['autostart', 'guest'],
        ['start', 'guest'],
      )
      return await storeWith(store.journal)
    },
  }
}

async function storeWith(journal: readonly JournalEntry[]): Promise<MemoryStore> {
  const store = memoryStore('crash')
  const session = await store.open('apply')
  await session.append(...journal)
  await session.close()
  return store
}
