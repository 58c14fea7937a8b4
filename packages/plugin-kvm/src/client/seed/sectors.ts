/** Bytes of a sector of an ISO 9660 file system. */
export const SECTOR = 2048

/** How many sectors hold so many bytes. */
export const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR)

/** Nothing in it tells when it was written, so equal files give equal bytes. */
const EPOCH = { year: 2000, month: 1, day: 1 }

/** 16 bits, first little, then big endian (ECMA-119 7.2.3). */
export function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(value, 0)
  bytes.writeUInt16BE(value, 2)
  return bytes
}

/** 32 bits, first little, then big endian (ECMA-119 7.3.3). */
export function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(value, 0)
  bytes.writeUInt32BE(value, 4)
  return bytes
}

/** A date of a directory record (ECMA-119 9.1.5). */
export const recordDate = (): Buffer => Buffer.from([EPOCH.year - 1900, EPOCH.month, EPOCH.day, 0, 0, 0, 0])

/** A date of a volume descriptor (ECMA-119 8.4.26.1). */
export const volumeDate = (): Buffer =>
  Buffer.from(
    `${EPOCH.year}${String(EPOCH.month).padStart(2, '0')}${String(EPOCH.day).padStart(2, '0')}${'0'.repeat(10)}\0`,
  )

/** A date that is not given. */
export const noDate = (): Buffer => Buffer.from(`${'0'.repeat(16)}\0`)
