import {
  directoryBytes,
  type Extent,
  inSectors,
  PATH_TABLE_BYTES,
  pathTable,
  rootDirectory,
  rootRecord,
} from './directory.ts'
import { joliet, type Naming, rockRidge } from './names.ts'
import { both16, both32, noDate, SECTOR, sectorsOf, volumeDate } from './sectors.ts'

export interface SeedFile {
  /** `user-data`: letters, digits, `-`, `_` and `.`, at most 27 of them. */
  name: string
  data: string | Uint8Array
}

/** The label by which cloud-init finds its data source NoCloud. */
export const SEED_LABEL = 'cidata'

const NAME = /^[\w.-]{1,27}$/
const SYSTEM_AREA = 16 * SECTOR

/**
 * An ISO 9660 image (ECMA-119) with Rock Ridge and Joliet that holds some files, labelled `cidata`: what cloud-init's
 * data source NoCloud reads. Equal files give equal bytes.
 * @throws RangeError for names that such an image can't hold, or that are one in capitals.
 */
export function seedImage(files: readonly SeedFile[]): Uint8Array {
  checkNames(files)
  const contents = files.map(({ name, data }) => ({ name, data: Buffer.from(data as Uint8Array) }))
  const descriptors = 3
  const tables = 4
  let sector = SYSTEM_AREA / SECTOR + descriptors + tables
  const place = (bytes: number): Extent => {
    const extent = { sector, bytes }
    sector += sectorsOf(bytes)
    return extent
  }
  const placed = [rockRidge, joliet].map((naming) => {
    const at = (extents: readonly Extent[]) =>
      contents.map(({ name }, index) => ({
        identifier: naming.identifier(name),
        systemUse: naming.systemUse(name),
        ...extents[index]!,
      }))
    const root = place(directoryBytes(at(contents.map(() => ({ sector: 0, bytes: 0 }))), naming.root))
    return { naming, at, root }
  })
  const extents = contents.map(({ data }) => place(data.length))
  const trees = placed.map(({ naming, at, root }, index) => ({
    descriptor: descriptor({ naming, root, sectors: sector, tables: 19 + 2 * index }),
    tables: [pathTable(root, 'little'), pathTable(root, 'big')].map(inSectors),
    directory: rootDirectory(root, at(extents), naming.root),
  }))
  return Buffer.concat([
    Buffer.alloc(SYSTEM_AREA),
    ...trees.map((tree) => tree.descriptor),
    terminator(),
    ...trees.flatMap((tree) => tree.tables),
    ...trees.map((tree) => tree.directory),
    ...contents.map(({ data }) => inSectors(data)),
  ])
}

function checkNames(files: readonly SeedFile[]): void {
  const taken = new Set<string>()
  for (const { name } of files) {
    if (!NAME.test(name)) throw new RangeError(`"${name}" is no name for a file of a seed image`)
    const identifier = rockRidge.identifier(name).toString()
    if (taken.has(identifier)) throw new RangeError(`"${name}" is in the seed image twice`)
    taken.add(identifier)
  }
}

interface Volume {
  naming: Naming
  root: Extent
  /** Of the whole image. */
  sectors: number
  /** Where the little endian path table is; the big endian one follows. */
  tables: number
}

/** A primary or, for Joliet, a supplementary volume descriptor (ECMA-119 8.4, 8.5). */
function descriptor({ naming, root, sectors, tables }: Volume): Buffer {
  const isJoliet = naming === joliet
  const little = Buffer.alloc(4)
  little.writeUInt32LE(tables)
  const big = Buffer.alloc(4)
  big.writeUInt32BE(tables + 1)
  const none = Buffer.alloc(4)
  const blank = (bytes: number) => naming.text('', bytes)
  return Buffer.concat(
    [
      Buffer.from([isJoliet ? 2 : 1]),
      Buffer.from('CD001'),
      Buffer.from([1, 0]),
      blank(32),
      naming.text(SEED_LABEL, 32),
      Buffer.alloc(8),
      both32(sectors),
      // The escape sequence of UCS-2 level 3, which makes it Joliet.
      Buffer.concat([isJoliet ? Buffer.from('%/E') : none], 32),
      both16(1),
      both16(1),
      both16(SECTOR),
      both32(PATH_TABLE_BYTES),
      ...[little, none, big, none],
      rootRecord(root),
      ...[128, 128, 128, 128].map(blank),
      // Copyright, abstract and bibliography: 37 bytes each, which Joliet's two-byte characters do not fill.
      ...[37, 37, 37].map((bytes) => Buffer.concat([blank(bytes - 1), Buffer.from([isJoliet ? 0 : 32])])),
      volumeDate(),
      volumeDate(),
      noDate(),
      noDate(),
      Buffer.from([1]),
    ],
    SECTOR,
  )
}

/** The end of the volume descriptors (ECMA-119 8.3). */
const terminator = (): Buffer => Buffer.concat([Buffer.from([255]), Buffer.from('CD001'), Buffer.from([1])], SECTOR)
