const UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4, p: 1024 ** 5 }
const NAMES = [
  ['PiB', 1024 ** 5],
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const

/** Sizes of memory and disks: `512m`, `512MB`, `512MiB`, `1.5g`, `1024`; every unit is a power of 1024. */
export const SIZE_PATTERN = /^(\d+(?:\.\d+)?)\s*(?:([kmgtp])(?:i?b)?|b)?$/i

/**
 * Bytes of a size such as `512MiB`, `512m` or `1.5g`. A number is bytes already.
 * @throws RangeError when the text is no size.
 */
export function parseSize(size: string | number): number {
  if (typeof size === 'number') return size
  const match = SIZE_PATTERN.exec(size.trim())
  if (!match) throw new RangeError(`"${size}" is not a size such as 512MiB or 2g`)
  return Math.round(Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase()]!)
}

/** The shortest exact notation of a number of bytes: `536870912` is `512MiB`, `1500` is `1500B`. */
export function formatSize(bytes: number): string {
  const unit = NAMES.find(([, size]) => bytes >= size && bytes % size === 0)
  return unit ? `${bytes / unit[1]}${unit[0]}` : `${bytes}B`
}
