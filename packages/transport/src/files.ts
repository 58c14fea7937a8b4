import type { ReadOptions, WriteOptions } from './host.ts'

/** How files of a machine are read and replaced. */
export interface Files {
  readFile(path: string, options?: ReadOptions): Promise<Uint8Array>
  writeFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>
}

export const defaultMaxBytes = 64 * 1024 * 1024
export const defaultFileMode = 0o644

/** Text as UTF-8. */
export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'utf8') : data
}
