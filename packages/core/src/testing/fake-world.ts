import type { Owner } from '../resource.ts'

/** An object on a fake machine. Several of one identity can be there at once, as in the real world. */
export interface FakeObject {
  id: string
  type: string
  identity: string
  mark?: Owner
  data: Record<string, unknown>
}

export interface FakeMachine {
  id: string
  address: string
  /** The guest object whose inside this machine is. */
  guest?: string
  up: boolean
  objects: FakeObject[]
}

export type WireVerb =
  | 'connect'
  | 'close'
  | 'read'
  | 'health'
  | 'create'
  | 'update'
  | 'replace'
  | 'delete'
  | 'ready'
  | 'stop'
  | 'start'
  | 'list'

/** One request that went over the wire. `began` and `ended` count all beginnings and ends in the world. */
export interface WireCall {
  verb: WireVerb
  type: string
  machine: string
  /** Identities, with commas between those of one batch. */
  identity: string
  began: number
  ended?: number
  ok?: boolean
}

/** What is to go wrong with the calls that match. */
export interface Fault extends Partial<Pick<WireCall, 'verb' | 'type' | 'machine' | 'identity'>> {
  /** `crash`: the process is gone; nothing that it does from then on has an effect or an answer. */
  does: 'fail' | 'hang' | 'crash'
  /** `after`: it happens in the world, and only the answer is lost. Default: `before`. */
  when?: 'before' | 'after'
  /** So many matching calls pass first. */
  skip?: number
  /** How many calls it strikes; 1 unless told. */
  times?: number
  code?: string
  message?: string
  retryable?: boolean
}

/** One run of a program in the world. */
export interface Life {
  over: boolean
  /** Resolves when a crash has ended it. */
  ended: Promise<void>
  end(): void
}

/** A connection to a fake machine. */
export interface Box {
  readonly machine: FakeMachine
  /** Does `act` in the world as one request. */
  call<T>(about: { verb: WireVerb; type: string; identity: string }, signal: AbortSignal, act: () => T): Promise<T>
}

/** Machines with objects, a wire to them that counts calls and can fail, and hands that plant and remove. */
export interface World {
  readonly machines: Map<string, FakeMachine>
  readonly calls: WireCall[]
  /** Turns of the event loop that a request takes on its way. */
  latency: number
  readonly life: Life
  /** Begins the life of the next process and answers it; the former one has no effect any more. */
  revive(): Life
  inject(fault: Fault): void
  /** Removes all faults and brings every machine up. */
  heal(): void
  machine(address: string): FakeMachine
  connect(address: string, signal: AbortSignal): Promise<Box>
  disconnect(box: Box): void
  /** Puts an object there, by hand or for a resource type. */
  plant(address: string, object: Omit<FakeObject, 'id'>): FakeObject
  remove(address: string, object: FakeObject): void
  find(type: string, identity: string): FakeObject | undefined
  /** Boots the inside of a guest and answers it. */
  boot(guest: FakeObject): FakeMachine
  insideOf(guest: FakeObject): FakeMachine | undefined
  /** Everything that exists, without ids: equal for worlds that nobody can tell apart. */
  text(): string
  /** `verb type identity` of every call that changes something, in order; and then nothing is remembered. */
  takeChanges(): string[]
}

const CHANGING = new Set<WireVerb>(['create', 'update', 'replace', 'delete', 'stop', 'start'])

/** A world with machines at the addresses, each with an id of its own. */
export function fakeWorld(...addresses: string[]): World {
  const machines = new Map<string, FakeMachine>()
  const calls: WireCall[] = []
  let faults: (Fault & { skip: number; times: number })[] = []
  let life = newLife()
  let clock = 0
  let ids = 0

  const world: World = {
    machines,
    calls,
    latency: 1,
    get life() {
      return life
    },
    revive() {
      life.end()
      life = newLife()
      return life
    },
    inject(fault) {
      faults.push({ ...fault, skip: fault.skip ?? 0, times: fault.times ?? 1 })
    },
    heal() {
      faults = []
      for (const machine of machines.values()) machine.up = true
    },
    machine(address) {
      const machine = machines.get(address)
      if (!machine) throw new Error(`There is no machine at ${address}`)
      return machine
    },
    async connect(address, signal) {
      const mine = life
      return await request(mine, address, { verb: 'connect', type: '', identity: '' }, signal, (machine) => ({
        machine,
        call: (about, signal, act) => request(mine, address, about, signal, act, machine),
      }))
    },
    disconnect: ({ machine }) =>
      void calls.push({ verb: 'close', type: '', machine: machine.address, identity: '', began: clock++ }),
    plant(address, object) {
      const planted = { id: `#${++ids}`, ...structuredClone(object) }
      world.machine(address).objects.push(planted)
      return planted
    },
    remove(address, object) {
      const machine = world.machine(address)
      machine.objects = machine.objects.filter(({ id }) => id !== object.id)
      const inside = world.insideOf(object)
      if (!inside) return
      for (const one of [...inside.objects]) world.remove(inside.address, one)
      inside.up = false
      machines.delete(inside.address)
    },
    find: (type, identity) =>
      [...machines.values()].flatMap(({ objects }) => objects).find((o) => o.type === type && o.identity === identity),
    boot(guest) {
      const id = `machine${++ids}`
      const machine = { id, address: `10.0.0.${ids}`, guest: guest.id, up: true, objects: [] }
      machines.set(machine.address, machine)
      return machine
    },
    insideOf: ({ id }) => [...machines.values()].find(({ guest }) => guest === id),
    text() {
      const nameOf = ({ guest, address }: FakeMachine) =>
        guest === undefined
          ? address
          : ([...machines.values()].flatMap((m) => m.objects).find((o) => o.id === guest)?.identity ?? guest)
      const lines = [...machines.values()].flatMap((machine) =>
        machine.objects.map(
          ({ type, identity, mark, data }) =>
            `${nameOf(machine)}: ${type} ${identity} ${mark ? `of ${mark.lab}/${mark.address} ` : ''}${sorted(data)}`,
        ),
      )
      return lines.sort().join('\n')
    },
    takeChanges: () =>
      calls
        .splice(0)
        .filter(({ verb }) => CHANGING.has(verb))
        .map(({ verb, type, identity }) => `${verb} ${type} ${identity}`),
  }

  function faultOf(call: WireCall) {
    for (const fault of faults) {
      const matches = (['verb', 'type', 'machine', 'identity'] as const).every(
        (key) => fault[key] === undefined || fault[key] === call[key],
      )
      if (!matches || fault.times === 0) continue
      if (fault.skip > 0) fault.skip--
      else {
        fault.times--
        return fault
      }
    }
    return undefined
  }

  async function request<T>(
    mine: Life,
    address: string,
    about: { verb: WireVerb; type: string; identity: string },
    signal: AbortSignal,
    act: (machine: FakeMachine) => T,
    known?: FakeMachine,
  ): Promise<T> {
    if (mine.over) return await never()
    const call: WireCall = { ...about, machine: address, began: clock++ }
    calls.push(call)
    try {
      const fault = faultOf(call)
      if (fault && fault.when !== 'after') await strike(fault, mine, call, signal)
      for (let turn = 0; turn < world.latency; turn++) await new Promise((resolve) => setImmediate(resolve))
      if (mine.over) return await never()
      signal.throwIfAborted()
      const machine = known ?? machines.get(address)
      if (!machine?.up) throw Object.assign(new Error(`${address} does not answer`), { code: 'unreachable' })
      const answer = act(machine)
      if (fault?.when === 'after') await strike(fault, mine, call, signal)
      call.ok = true
      return answer
    } finally {
      call.ended = clock++
    }
  }

  for (const address of addresses) {
    machines.set(address, { id: `id-of-${address}`, address, up: true, objects: [] })
  }
  return world
}

function newLife(): Life {
  let resolve = () => {}
  const ended = new Promise<void>((done) => {
    resolve = done
  })
  const life: Life = {
    over: false,
    ended,
    end() {
      life.over = true
      resolve()
    },
  }
  return life
}

const never = (): Promise<never> => new Promise(() => {})

async function strike(fault: Fault, life: Life, call: WireCall, signal: AbortSignal): Promise<void> {
  if (fault.does === 'crash') {
    life.end()
    await never()
  }
  if (fault.does === 'hang') {
    await new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason as Error)
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }
  const { code = 'broken', message = `${call.verb} of ${call.type} ${call.identity} failed`, retryable } = fault
  throw Object.assign(new Error(message), { code, ...(retryable === undefined ? {} : { retryable }) })
}

const sorted = (data: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))))
