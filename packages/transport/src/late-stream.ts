import { Duplex } from 'node:stream'

/** A stream that is there at once, though what it leads to is still being opened. Fails when that fails. */
export function lateStream(opening: Promise<Duplex>): Duplex {
  let inner: Duplex | undefined
  const stream = new Duplex({
    construct(done) {
      opening.then(
        (opened) => {
          inner = opened
          opened.on('data', (chunk: Buffer) => {
            if (!stream.push(chunk)) opened.pause()
          })
          opened.once('end', () => stream.push(null))
          opened.once('error', (error) => stream.destroy(error))
          opened.once('close', () => {
            if (!opened.readableEnded || stream.readableEnded) return void stream.destroy()
            // What was said before may not have been read yet.
            stream.once('end', () => stream.destroy())
            stream.read(0)
          })
          done()
        },
        (error: Error) => done(error),
      )
    },
    read: () => void inner?.resume(),
    // Where the other side is gone nobody reads, and an error would destroy what it said and is not read yet.
    write: (chunk, _encoding, done) => void (inner?.writable ? inner.write(chunk, done) : done()),
    final: (done) => void (inner?.writable ? inner.end(done) : done()),
    destroy(error, done) {
      if (inner) inner.destroy()
      else opening.then((opened) => opened.destroy()).catch(() => {})
      done(error)
    },
  })
  return stream
}
