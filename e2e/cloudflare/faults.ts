import type { Method } from './route.ts'

/** What goes wrong. */
export type Misfortune =
  | { status: number; when: 'before' | 'after' }
  | { drop: 'before' | 'after' }
  | { delay: number }
  | { meanwhile(): void | Promise<void>; when: 'before' | 'after' }

/** A misfortune and the requests that it strikes. */
export interface Fault {
  /** Every method unless told. */
  method?: Method
  /** Matched against the path below `/client/v4`; every path unless told. */
  path?: RegExp
  /** How many requests it strikes; 1 unless told. */
  times?: number
  /**
   * `{ status, when }`: an answer of Cloudflare's edge in HTML instead of the API's, `before` the request was carried out or
   * `after`. `{ drop }`: the connection ends without an answer, before or after. `{ delay }`: the answer is that many
   * milliseconds late. `{ meanwhile }`: something happens at that moment; the answer is that of the API and waits for it.
   */
  happens: Misfortune
}

export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** How many requests the faults that were added still wait for. */
  readonly left: number
  /** The next misfortune for this request, used up by asking. */
  strike(method: string, path: string): Misfortune | null
}

export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = []
  return {
    add(fault) {
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    clear() {
      waiting = []
    },
    get left() {
      return waiting.reduce((sum, { left }) => sum + left, 0)
    },
    strike(method, path) {
      const hit = waiting.find(
        ({ fault }) => (fault.method ?? method) === method && (fault.path === undefined || fault.path.test(path)),
      )
      if (hit === undefined) return null
      hit.left -= 1
      waiting = waiting.filter(({ left }) => left > 0)
      return hit.fault.happens
    },
  }
}

const titles: Record<number, string> = {
  500: 'Internal server error',
  502: 'Bad gateway',
  503: 'Service unavailable',
  504: 'Gateway time-out',
  520: 'Web server is returning an unknown error',
  522: 'Connection timed out',
  524: 'A timeout occurred',
}

/** The page that the edge answers with when it has no answer from the API. */
export function edgePage(status: number, ray: string): string {
  const title = titles[status] ?? 'Error'
  return `<!DOCTYPE html>
<html lang="en-US">
<head><title>api.cloudflare.com | ${status}: ${title}</title></head>
<body><div id="cf-wrapper"><h1><span>${title}</span> <span>Error code ${status}</span></h1>
<p>Cloudflare Ray ID: <strong>${ray}</strong></p></div></body>
</html>
`
}
