/** What came before one mark, and what stands behind the mark on its line. */
export interface Frame {
  readonly bytes: Buffer
  readonly word: string
}

export interface Frames {
  push(chunk: Buffer): void
  /** Bytes since the last frame. */
  size(): number
  /** What came since the last frame. */
  rest(): Buffer
}

const newline = 0x0a

/** Cuts a stream at the lines that begin with a mark and a space; the line break before such a line belongs to it. */
export function frames(mark: string, onFrame: (frame: Frame) => void): Frames {
  const start = Buffer.from(`\n${mark} `)
  let whole: Buffer[] = []
  let size = 0
  // What may be the beginning of a mark's line.
  let tail: Buffer = Buffer.alloc(0)

  const keep = (bytes: Buffer) => {
    whole.push(bytes)
    size += bytes.length
  }

  const push = (chunk: Buffer): void => {
    let buffer = Buffer.concat([tail, chunk])
    for (;;) {
      const at = buffer.indexOf(start)
      const end = at < 0 ? -1 : buffer.indexOf(newline, at + start.length)
      if (at < 0 || end < 0) {
        const settled = at >= 0 ? at : Math.max(0, buffer.length - start.length + 1)
        keep(buffer.subarray(0, settled))
        tail = buffer.subarray(settled)
        return
      }
      keep(buffer.subarray(0, at))
      const frame = { bytes: Buffer.concat(whole), word: buffer.toString('latin1', at + start.length, end) }
      whole = []
      size = 0
      buffer = buffer.subarray(end + 1)
      onFrame(frame)
    }
  }

  return { push, size: () => size, rest: () => Buffer.concat([...whole, tail]) }
}
