import { abortedError } from '../host-error.ts'

/** A place that is held until it is given back; giving it back twice counts once. */
export type Release = () => void

/** A fixed number of places, given out in the order in which they were asked for. */
export interface Slots {
  take(signal?: AbortSignal): Promise<Release>
}

export function slots(count: number, description: string): Slots {
  let free = count
  const waiting = new Set<() => void>()

  const release = (): Release => {
    let held = true
    return () => {
      if (!held) return
      held = false
      const [next] = waiting
      if (next) {
        waiting.delete(next)
        next()
      } else free++
    }
  }

  return {
    async take(signal) {
      if (signal?.aborted) throw abortedError(description, signal)
      if (free > 0) {
        free--
        return release()
      }
      return await new Promise<Release>((resolve, reject) => {
        const onAbort = () => {
          waiting.delete(grant)
          reject(abortedError(description, signal!))
        }
        const grant = () => {
          signal?.removeEventListener('abort', onAbort)
          resolve(release())
        }
        waiting.add(grant)
        signal?.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
