import type { StateSession, StateStore } from '@lares/core'
import type { Host } from '@lares/transport'
import { isLook, nameOf } from './commands.ts'

/** One life of a program that may end at a boundary: before a call is made, or after it and before anybody knows. */
export interface Life {
  /** Every boundary that was crossed, in order: `virsh define #2 after`. */
  readonly boundaries: readonly string[]
  readonly ended: boolean
  /** Resolves when it has ended, and with it what was under way. */
  readonly end: Promise<void>
  /** Makes a call that changes something; once life has ended it is neither made nor answered. */
  change<T>(call: string, make: () => Promise<T>): Promise<T>
  /** Makes a call that only looks. */
  look<T>(make: () => Promise<T>): Promise<T>
  /** What else happens when it ends. */
  atEnd(act: () => void): void
}

const never = () => new Promise<never>(() => {})

/** Begins a life that ends at the boundary, or not at all. */
export function beginLife(strike?: string): Life {
  const boundaries: string[] = []
  const counts = new Map<string, number>()
  const underWay = new Set<Promise<unknown>>()
  const acts: (() => void)[] = []
  let ended = false
  let finish = () => {}
  const end = new Promise<void>((resolve) => {
    finish = resolve
  })

  /** True when life ends here. */
  function cross(boundary: string): boolean {
    boundaries.push(boundary)
    if (boundary !== strike) return false
    ended = true
    for (const act of acts) act()
    void Promise.allSettled(underWay).then(finish)
    return true
  }

  async function track<T>(make: () => Promise<T>): Promise<T> {
    const call = make()
    underWay.add(call)
    try {
      return await call
    } finally {
      underWay.delete(call)
      if (ended) await never()
    }
  }

  return {
    boundaries,
    end,
    get ended() {
      return ended
    },
    async change(call, make) {
      if (ended) return await never()
      const count = (counts.get(call) ?? 0) + 1
      counts.set(call, count)
      if (cross(`${call} #${count} before`)) return await never()
      // A refusal is an answer, too.
      const answer = await track(make).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      if (cross(`${call} #${count} after`)) return await never()
      if ('error' in answer) throw answer.error
      return answer.value
    },
    look: async (make) => (ended ? await never() : await track(make)),
    atEnd: (act) => void acts.push(act),
  }
}

/** A host whose calls are those of a life. */
export function mortalHost(host: Host, life: Life): Host {
  return {
    ...host,
    ask: (...args) => life.look(() => host.ask(...args)),
    readFile: (...args) => life.look(() => host.readFile(...args)),
    exec(command, options) {
      const name = nameOf(command)
      const make = () => host.exec(command, options)
      return isLook(name) ? life.look(make) : life.change(name, make)
    },
    script: (...args) => life.change('script', () => host.script(...args)),
    writeFile: (...args) => life.change('write', () => host.writeFile(...args)),
    spawn: (command, options) =>
      life.change('spawn', async () => {
        const started = await host.spawn(command, options)
        life.atEnd(() => {
          for (const stream of [started.stdin, started.stdout, started.stderr]) stream.destroy()
        })
        return started
      }),
    close: () => (life.ended ? never() : host.close()),
  }
}

/** A store whose journal is written by a life. */
export function mortalStore(store: StateStore, life: Life): StateStore {
  return {
    ...store,
    async open(...args) {
      const session = await life.look(() => store.open(...args))
      const append: StateSession['append'] = (...entries) => {
        const names = entries.map((entry) => ('address' in entry ? `${entry.op} ${entry.address}` : entry.op))
        return life.change(`journal ${names.join(', ')}`, () => session.append(...entries))
      }
      return { state: session.state, append, close: () => life.change('journal fold', () => session.close()) }
    },
  }
}
