import { networkOf } from '../formats/export-client.ts'
import {
  always,
  anyOf,
  type Condition,
  fromNetwork,
  isNot,
  never,
  perhaps,
  type Rule,
  type Ruleset,
  toPorts,
} from './rules.ts'

/** Targets after which a packet goes on. */
const marking = new Set(['LOG', 'NFLOG', 'AUDIT', 'MARK', 'CONNMARK', 'SECMARK', 'CT', 'SET'])
const verdicts = { ACCEPT: 'accept', DROP: 'drop', REJECT: 'drop', RETURN: 'return' } as const
/** Modules whose options are read, or that say nothing by themselves. */
const read = new Set(['tcp', 'udp', 'multiport', 'conntrack', 'state', 'comment'])

/** Parses what `iptables -S` or `ip6tables -S` prints (iptables 1.8, iptables-extensions(8)). What it does not know may or may not take a packet. */
export function parseIptables(text: string, family: 'ip' | 'ip6'): Ruleset {
  const chains = new Map<string, Rule[]>()
  let policy: 'accept' | 'drop' = 'accept'
  const lines = text.split('\n').map(wordsOf)
  for (const [command, chain = '', target] of lines) {
    if (command === '-P' || command === '-N') chains.set(chain, [])
    if (command === '-P' && chain === 'INPUT' && target === 'DROP') policy = 'drop'
  }
  for (const [command, chain = '', ...words] of lines)
    if (command === '-A') chains.get(chain)?.push(ruleOf(words, chains))
  const entries = chains.has('INPUT') ? [{ chain: 'INPUT', families: [family], policy }] : []
  return { tool: 'iptables', entries, chains }
}

/** Only what stands in quotes, such as a comment, has spaces in it. */
const wordsOf = (line: string): string[] => line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? []

function ruleOf(words: readonly string[], chains: ReadonlyMap<string, unknown>): Rule {
  const conditions: Condition[] = []
  for (let at = 0; at < words.length; at++) {
    const negated = words[at] === '!'
    if (negated) at++
    const option = words[at]!
    if (option === '-j' || option === '-g') return { conditions, verdict: verdictOf(option, words[at + 1]!, chains) }
    const values: string[] = []
    while (at + 1 < words.length && !/^(-.*|!)$/.test(words[at + 1]!)) values.push(words[++at]!)
    const condition = conditionOf(option, values)
    conditions.push(negated ? isNot(condition) : condition)
  }
  return { conditions, verdict: 'next' }
}

function verdictOf(option: string, target: string, chains: ReadonlyMap<string, unknown>): Rule['verdict'] {
  if (chains.has(target)) return option === '-g' ? { goto: target } : { jump: target }
  if (target in verdicts) return verdicts[target as keyof typeof verdicts]
  return marking.has(target) ? 'next' : 'unsure'
}

function conditionOf(option: string, [value = '']: readonly string[]): Condition {
  switch (option) {
    case '-p':
      return value === 'tcp' || value === '6' || value === 'all' ? always : never
    case '-s':
      return fromNetwork(networkOf(value))
    case '-i':
      return value === 'lo' ? never : perhaps
    case '-m':
      return read.has(value) ? always : perhaps
    case '--comment':
      return always
    case '--dport':
    case '--dports':
      return anyOf(value.split(',').map(portsOf))
    case '--ctstate':
    case '--state':
      return value.split(',').includes('NEW') ? always : never
    default:
      return perhaps
  }
}

function portsOf(range: string): Condition {
  const [first, last = first] = range.split(':')
  return toPorts(Number(first || 0), Number(last || 65_535))
}
