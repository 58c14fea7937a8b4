import { both32 } from './sectors.ts'

/** How a tree of ISO 9660 says the names of its files. */
export interface Naming {
  identifier(name: string): Buffer
  systemUse(name: string): Buffer
  root: { self: Buffer; parent: Buffer }
  text(value: string, bytes: number): Buffer
}

const empty = Buffer.alloc(0)

/** An entry of the system use area: signature, length, version 1, data. */
const entry = (signature: string, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([data.length + 4, 1]), data])

/** Mode, links, owner and group, all root's. */
const posix = (mode: number, links: number): Buffer =>
  entry('PX', Buffer.concat([both32(mode), both32(links), both32(0), both32(0)]))

const DIRECTORY = posix(0o040500, 2)
const FILE = posix(0o100400, 1)

/** That Rock Ridge is spoken here: the marks of SUSP and of its extension RRIP. */
const INTRODUCTION = Buffer.concat([
  entry('SP', Buffer.from([0xbe, 0xef, 0])),
  DIRECTORY,
  entry('ER', Buffer.concat([Buffer.from([10, 0, 0, 1]), Buffer.from('RRIP_1991A')])),
])

/** The names of plain ISO 9660, with the real ones beside them as Rock Ridge (IEEE P1282) has them; Linux reads these. */
export const rockRidge: Naming = {
  identifier: (name) => Buffer.from(`${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}.;1`, 'latin1'),
  systemUse: (name) => Buffer.concat([entry('NM', Buffer.concat([Buffer.from([0]), Buffer.from(name)])), FILE]),
  root: { self: INTRODUCTION, parent: DIRECTORY },
  text: (value, bytes) => Buffer.from(value.padEnd(bytes), 'latin1'),
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

/** The names as Joliet has them, which Windows and cloudbase-init read. */
export const joliet: Naming = {
  identifier: (name) => utf16(name),
  systemUse: () => empty,
  root: { self: empty, parent: empty },
  text: (value, bytes) => utf16(value.padEnd(bytes / 2)),
}
