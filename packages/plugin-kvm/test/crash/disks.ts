import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** Of the pool `store`. */
export const directory = '/var/lib/libvirt/images/store'

/** Of the pool that images are kept in. */
export const images = '/var/lib/libvirt/images/lares-images'

/** What a guest's first disk begins with. */
export const image = join(tmpdir(), 'lares-crash-system.img')

/** What must never be lost; it stands in the files as it is. */
export const DATA = 'the photos of the family'
export const SYSTEM = 'a system that sleeps'

const MIB = 2 ** 20
let template: string | undefined

/** Puts the image where the config names it. */
export const plantImage = (): Promise<void> => writeFile(image, sleepingSystem())

/** Puts the guest's data disk where the guest will find it, as one that was there before left it. */
export async function plantData(): Promise<void> {
  template ??= await makeTemplate()
  await mkdir(directory, { recursive: true })
  await copyFile(template, join(directory, 'crash.guest.data.qcow2'))
}

async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lares-crash-'))
  const [raw, made] = [join(folder, 'data.img'), join(folder, 'data.qcow2')]
  await writeFile(raw, textAtStart(DATA, 4 * MIB))
  await execa('qemu-img', ['convert', '-q', '-O', 'qcow2', raw, made], { timeout: 30_000 })
  return made
}

/** A boot sector that stops the processor (`cli`, `hlt`), so that a guest runs and takes no time from the others. */
function sleepingSystem(): Buffer {
  const bytes = Buffer.alloc(MIB)
  bytes.set([0xfa, 0xf4, 0xeb, 0xfc])
  bytes.write(SYSTEM, 16)
  bytes.set([0x55, 0xaa], 510)
  return bytes
}

function textAtStart(text: string, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.write(text)
  return bytes
}
