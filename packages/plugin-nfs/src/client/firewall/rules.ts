import { type Network, networkCovers } from '../formats/export-client.ts'

/** A new TCP connection from somewhere else to this machine itself. */
export interface Arrival {
  /** Where it may come from; undefined: from anywhere. */
  from: Network | undefined
  family: 'ip' | 'ip6'
  port: number
}

/** Whether a condition takes an arrival; undefined where only the kernel can tell, or it takes some of it. */
export type Condition = (arrival: Arrival) => boolean | undefined

export interface Rule {
  conditions: readonly Condition[]
  /** `unsure`: accepts, drops or goes on. */
  verdict: 'accept' | 'drop' | 'return' | 'next' | 'unsure' | { jump: string } | { goto: string }
}

/** Where the kernel looks first. A packet has to get past all entries of its family. */
export interface Entry {
  /** In the words of the tool: `inet filter input`. */
  chain: string
  families: readonly Arrival['family'][]
  policy: 'accept' | 'drop'
}

/** The rules of netfilter as one tool tells them, for what arrives. */
export interface Ruleset {
  tool: 'nft' | 'iptables'
  entries: readonly Entry[]
  chains: ReadonlyMap<string, readonly Rule[]>
}

/** The entry that an arrival certainly does not get past. In doubt, it does. */
export const barrierTo = ({ entries, chains }: Ruleset, arrival: Arrival): Entry | undefined =>
  entries.find(({ chain, families, policy }) => {
    if (!families.includes(arrival.family)) return false
    const ends = endsOf(chain, chains, arrival)
    return !ends.has('accept') && (policy === 'drop' || !ends.has('return'))
  })

type End = 'accept' | 'drop' | 'return'

/** How a chain may end for an arrival. The kernel takes no chains that jump in circles. */
function endsOf(name: string, chains: Ruleset['chains'], arrival: Arrival): Set<End> {
  const ends = new Set<End>()
  for (const { conditions, verdict } of chains.get(name) ?? []) {
    const answers = conditions.map((takes) => takes(arrival))
    if (answers.includes(false)) continue
    const after = outcomesOf(verdict, chains, arrival)
    for (const outcome of after) if (outcome !== 'next') ends.add(outcome)
    if (!answers.includes(undefined) && !after.has('next')) return ends
  }
  return ends.add('return')
}

function outcomesOf(verdict: Rule['verdict'], chains: Ruleset['chains'], arrival: Arrival): Set<End | 'next'> {
  if (verdict === 'unsure') return new Set(['accept', 'drop', 'next'])
  if (typeof verdict === 'string') return new Set([verdict])
  if ('goto' in verdict) return endsOf(verdict.goto, chains, arrival)
  const ends = endsOf(verdict.jump, chains, arrival)
  return new Set([...ends].map((end) => (end === 'return' ? 'next' : end)))
}

export const isNot =
  (condition: Condition): Condition =>
  (arrival) => {
    const answer = condition(arrival)
    return answer === undefined ? undefined : !answer
  }

export const anyOf =
  (conditions: readonly Condition[]): Condition =>
  (arrival) => {
    const answers = conditions.map((takes) => takes(arrival))
    return answers.includes(true) || (answers.includes(undefined) ? undefined : false)
  }

export const always: Condition = () => true
export const never: Condition = () => false
export const perhaps: Condition = () => undefined

export const toPorts =
  (first: number, last = first): Condition =>
  ({ port }) =>
    first <= port && port <= last

export const ofFamily =
  (wanted: Arrival['family']): Condition =>
  ({ family }) =>
    family === wanted

export const fromNetwork =
  (network: Network | undefined): Condition =>
  ({ from, family }) => {
    if (!network) return undefined
    if (network.bits !== (family === 'ip' ? 32 : 128)) return false
    if (network.mask === 0n) return true
    return from && networkCovers(network, from)
  }
