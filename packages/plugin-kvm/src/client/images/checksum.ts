export type Algorithm = 'sha256' | 'sha512'

export interface Checksum {
  algorithm: Algorithm
  /** Hexadecimal digits in lower case. */
  digest: string
}

const algorithmOf = (digest: string): Algorithm | undefined =>
  digest.length === 64 ? 'sha256' : digest.length === 128 ? 'sha512' : undefined

/**
 * The checksum of one file in what a distribution publishes: lines of sha256sum (`<digest>  <name>`) or of BSD
 * (`SHA256 (<name>) = <digest>`), a signature around them or not, or a digest alone. Undefined when it is not there.
 */
export function findChecksum(text: string, file: string): Checksum | undefined {
  const found = text.split('\n').flatMap((line) => {
    const [, bsdName, bsdDigest] = /^SHA(?:256|512) \((.+)\) = ([0-9a-f]+)\s*$/i.exec(line) ?? []
    const [, digest, name] = /^([0-9a-f]+)(?:\s+\*?(?:.*\/)?([^/\s]+))?\s*$/i.exec(line) ?? []
    const isIt =
      bsdName === undefined ? digest !== undefined && (name === undefined || name === file) : bsdName === file
    const value = (bsdDigest ?? digest ?? '').toLowerCase()
    const algorithm = algorithmOf(value)
    return isIt && algorithm ? [{ algorithm, digest: value }] : []
  })
  return found.find(({ algorithm }) => algorithm === 'sha512') ?? found[0]
}
