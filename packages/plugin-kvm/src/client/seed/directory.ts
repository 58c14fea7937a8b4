import { both16, both32, recordDate, SECTOR, sectorsOf } from './sectors.ts'

/** What a directory record points at. */
export interface Extent {
  sector: number
  bytes: number
}

export interface DirectoryEntry extends Extent {
  identifier: Buffer
  /** System use area, such as that of Rock Ridge. */
  systemUse: Buffer
}

/** A record of a directory (ECMA-119 9.1). */
function record({ identifier, sector, bytes, systemUse }: DirectoryEntry, isDirectory: boolean): Buffer {
  const padding = Buffer.alloc((identifier.length + 1) % 2)
  const body = Buffer.concat([
    both32(sector),
    both32(bytes),
    recordDate(),
    Buffer.from([isDirectory ? 2 : 0, 0, 0]),
    both16(1),
    Buffer.from([identifier.length]),
    identifier,
    padding,
    systemUse,
  ])
  const length = body.length + 2 + (body.length % 2)
  return Buffer.concat([Buffer.from([length, 0]), body], length)
}

const SELF = Buffer.from([0])
const PARENT = Buffer.from([1])

/** The record of the root directory as it stands in a volume descriptor. */
export const rootRecord = (extent: Extent): Buffer =>
  record({ ...extent, identifier: SELF, systemUse: Buffer.alloc(0) }, true)

export interface RootSystemUse {
  self: Buffer
  parent: Buffer
}

/** A root directory in whole sectors; no record crosses the end of one. `extent.bytes` is what this returns. */
export function rootDirectory(extent: Extent, entries: readonly DirectoryEntry[], use: RootSystemUse): Buffer {
  const records = [
    record({ ...extent, identifier: SELF, systemUse: use.self }, true),
    record({ ...extent, identifier: PARENT, systemUse: use.parent }, true),
    ...entries.toSorted((a, b) => Buffer.compare(a.identifier, b.identifier)).map((entry) => record(entry, false)),
  ]
  const sectors: Buffer[][] = [[]]
  let filled = 0
  for (const each of records) {
    if (filled + each.length > SECTOR) {
      sectors.push([])
      filled = 0
    }
    sectors.at(-1)!.push(each)
    filled += each.length
  }
  return Buffer.concat(sectors.map((held) => Buffer.concat([Buffer.concat(held), Buffer.alloc(SECTOR)], SECTOR)))
}

/** Bytes of a root directory with such entries, before it is known where they are. */
export const directoryBytes = (entries: readonly DirectoryEntry[], use: RootSystemUse): number =>
  rootDirectory({ sector: 0, bytes: 0 }, entries, use).length

/** The path table of a file system that has a root directory alone (ECMA-119 9.4). */
export function pathTable(root: Extent, order: 'little' | 'big'): Buffer {
  const table = Buffer.alloc(PATH_TABLE_BYTES)
  table[0] = 1
  if (order === 'little') {
    table.writeUInt32LE(root.sector, 2)
    table.writeUInt16LE(1, 6)
  } else {
    table.writeUInt32BE(root.sector, 2)
    table.writeUInt16BE(1, 6)
  }
  return table
}

export const PATH_TABLE_BYTES = 10

/** The last sector that something fills in part is filled up. */
export const inSectors = (data: Uint8Array): Buffer => Buffer.concat([data], sectorsOf(data.length) * SECTOR)
