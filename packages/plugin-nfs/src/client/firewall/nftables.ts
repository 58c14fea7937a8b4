import { networkOf } from '../formats/export-client.ts'
import {
  always,
  anyOf,
  type Condition,
  type Entry,
  fromNetwork,
  isNot,
  never,
  ofFamily,
  perhaps,
  type Rule,
  type Ruleset,
  toPorts,
} from './rules.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type Fields = { [key: string]: Json | undefined }

const familiesOf: Record<string, Entry['families'] | undefined> = { ip: ['ip'], ip6: ['ip6'], inet: ['ip', 'ip6'] }

/** Statements that neither choose nor decide. */
const quiet = new Set(['counter', 'log', 'mangle', 'comment', 'notrack', 'set', 'ct helper', 'ct timeout'])

/** Parses what `nft -j list ruleset` prints (libnftables-json(5), nftables 1.0). What it does not know may or may not take a packet. */
export function parseNftables(text: string): Ruleset {
  const { nftables } = JSON.parse(text) as { nftables: Fields[] }
  const entries: Entry[] = []
  const chains = new Map<string, Rule[]>()
  for (const { chain } of nftables) {
    if (!isFields(chain)) continue
    const { family, table, name, type, hook, policy } = chain
    const key = `${family} ${table} ${name}`
    chains.set(key, [])
    const families = familiesOf[String(family)]
    if (families && type === 'filter' && (hook === 'input' || hook === 'prerouting'))
      entries.push({ chain: key, families, policy: policy === 'drop' ? 'drop' : 'accept' })
  }
  for (const { rule } of nftables) {
    if (!isFields(rule) || !Array.isArray(rule['expr'])) continue
    const table = `${rule['family']} ${rule['table']}`
    chains.get(`${table} ${rule['chain']}`)?.push(...rulesOf(rule['expr'] as Fields[], table))
  }
  return { tool: 'nft', entries, chains }
}

const isFields = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A rule; one with a map of verdicts is as many rules as the map has entries. */
function rulesOf(statements: readonly Fields[], table: string): Rule[] {
  const conditions: Condition[] = []
  for (const statement of statements) {
    const [[kind = '', body = null] = []] = Object.entries(statement)
    const verdict = verdictOf(kind, body, table)
    if (verdict) return [{ conditions, verdict }]
    if (kind === 'vmap' && isFields(body)) return mapped(body, conditions, table)
    if (kind === 'match' && isFields(body)) conditions.push(conditionOf(body))
    else if (kind === 'xt' || kind === 'queue') return [{ conditions: [...conditions, perhaps], verdict: 'unsure' }]
    else if (!quiet.has(kind)) conditions.push(perhaps)
  }
  return [{ conditions, verdict: 'next' }]
}

function mapped({ key, data }: Fields, conditions: readonly Condition[], table: string): Rule[] {
  const pairs = isFields(data) && Array.isArray(data['set']) ? (data['set'] as Json[][]) : undefined
  if (!pairs) return [{ conditions, verdict: 'unsure' }]
  return pairs.map(([value = null, verdict = null]) => {
    const [[kind = '', body = null] = []] = Object.entries(verdict as Fields)
    return {
      conditions: [...conditions, conditionOf({ op: '==', left: key, right: value })],
      verdict: verdictOf(kind, body, table) ?? 'unsure',
    }
  })
}

function verdictOf(kind: string, body: Json | undefined, table: string): Rule['verdict'] | undefined {
  if (kind === 'accept' || kind === 'drop' || kind === 'return') return kind
  if (kind === 'reject') return 'drop'
  if (kind === 'continue') return 'next'
  const target = isFields(body) ? `${table} ${body['target']}` : ''
  if (kind === 'jump') return { jump: target }
  return kind === 'goto' ? { goto: target } : undefined
}

function conditionOf({ op, left, right }: Fields): Condition {
  if (!isFields(left) || right === undefined || !['==', '!=', 'in'].includes(String(op))) return perhaps
  const [[kind = '', body = null] = []] = Object.entries(left)
  if (!isFields(body)) return perhaps
  const [takes, layer = always] = comparisonOf(kind, body)
  const condition = anyOf(elementsOf(right).map(takes))
  // What is not of this protocol is not taken by a rule that looks into it, whatever it is compared with.
  return (arrival) => layer(arrival) && (op === '!=' ? isNot(condition) : condition)(arrival)
}

/** A set in place, or flags, or one value. */
function elementsOf(right: Json): Json[] {
  if (Array.isArray(right)) return right
  const set = isFields(right) ? right['set'] : undefined
  return Array.isArray(set)
    ? set.map((each) => (isFields(each) && isFields(each['elem']) ? each['elem']['val']! : each))
    : [right]
}

/** How a value is compared with what a packet has in that place, and which packets have it. */
function comparisonOf(kind: string, { key, protocol, field }: Fields): [(value: Json) => Condition, Condition?] {
  const is = (wanted: string) => (value: Json) => (value === wanted ? always : never)
  if (kind === 'ct' && key === 'state') return [is('new')]
  // What is sent on from elsewhere to this machine is not what is asked about.
  if (kind === 'ct' && key === 'status') return [(value) => (value === 'dnat' || value === 'snat' ? never : perhaps)]
  if (kind === 'meta' && key === 'l4proto') return [is('tcp')]
  if (kind === 'meta' && key === 'nfproto')
    return [(value) => (value === 'ipv4' ? ofFamily('ip') : value === 'ipv6' ? ofFamily('ip6') : perhaps)]
  if (kind === 'meta' && (key === 'iifname' || key === 'iif')) return [(value) => (value === 'lo' ? never : perhaps)]
  if (kind !== 'payload') return [() => perhaps]
  if (protocol === 'ip' || protocol === 'ip6') {
    const layer = ofFamily(protocol)
    if (field === 'saddr') return [fromValue, layer]
    return [field === 'protocol' || field === 'nexthdr' ? is('tcp') : () => perhaps, layer]
  }
  if (protocol !== 'tcp' && protocol !== 'th') return [() => perhaps, never]
  return [field === 'dport' ? portValue : () => perhaps]
}

function portValue(value: Json): Condition {
  const [first, last] = isFields(value) && Array.isArray(value['range']) ? value['range'] : [value, value]
  return typeof first === 'number' && typeof last === 'number' ? toPorts(first, last) : perhaps
}

function fromValue(value: Json): Condition {
  const prefix = isFields(value) ? value['prefix'] : undefined
  const text = isFields(prefix) ? `${prefix['addr']}/${prefix['len']}` : value
  return fromNetwork(typeof text === 'string' ? networkOf(text) : undefined)
}
