import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Arrival, barrierTo, type Condition, type Rule, type Ruleset } from './rules.ts'

const arrival: Arrival = { from: undefined, family: 'ip', port: 2049 }
/** A chain jumps only to later ones, as the kernel demands. */
const CHAINS = ['0', '1', '2', '3']

type Answer = boolean | undefined
type Plan = { answers: Answer[]; verdict: Rule['verdict'] }[][]

const answer = fc.constantFrom<Answer>(true, false, undefined)
const verdict = (index: number): fc.Arbitrary<Rule['verdict']> => {
  const plain = fc.constantFrom<Rule['verdict']>('accept', 'drop', 'return', 'next', 'unsure')
  const later = CHAINS.slice(index + 1)
  if (later.length === 0) return plain
  const target = fc.constantFrom(...later)
  return fc.oneof(
    plain,
    target.map((jump) => ({ jump })),
    target.map((goto) => ({ goto })),
  )
}
const plans: fc.Arbitrary<Plan> = fc.tuple(
  ...CHAINS.map((_, index) =>
    fc.array(fc.record({ answers: fc.array(answer, { maxLength: 2 }), verdict: verdict(index) }), { maxLength: 4 }),
  ),
)

const rulesetOf = (plan: Plan, policy: 'accept' | 'drop'): Ruleset => ({
  tool: 'nft',
  entries: [{ chain: '0', families: ['ip'], policy }],
  chains: new Map(
    plan.map((rules, index) => [
      CHAINS[index]!,
      rules.map(({ answers, verdict }) => ({
        conditions: answers.map(
          (each): Condition =>
            () =>
              each,
        ),
        verdict,
      })),
    ]),
  ),
})

/** What one kernel does, where chance says what nobody could tell. */
function walk(plan: Plan, policy: 'accept' | 'drop', chance: () => number): 'accept' | 'drop' {
  const chainOf = (name: string): 'accept' | 'drop' | 'return' => {
    for (const { answers, verdict } of plan[Number(name)]!) {
      if (!answers.every((each) => each ?? chance() % 2 === 0)) continue
      const sure = verdict === 'unsure' ? (['accept', 'drop', 'next'] as const)[chance() % 3]! : verdict
      if (sure === 'next') continue
      if (typeof sure === 'string') return sure
      if ('goto' in sure) return chainOf(sure.goto)
      const end = chainOf(sure.jump)
      if (end !== 'return') return end
    }
    return 'return'
  }
  const end = chainOf('0')
  return end === 'return' ? policy : end
}

const policies = fc.constantFrom('accept' as const, 'drop' as const)
const chances = fc.infiniteStream(fc.nat())

test('where a barrier is told, no kernel lets anybody in', () => {
  let told = 0
  fc.assert(
    fc.property(plans, policies, chances, (plan, policy, stream) => {
      if (!barrierTo(rulesetOf(plan, policy), arrival)) return
      told++
      expect(walk(plan, policy, () => stream.next().value)).toBe('drop')
    }),
    { numRuns: 2_000 },
  )
  expect(told).toBeGreaterThan(100)
})

test('where everything can be told, a barrier is told exactly when there is one', () => {
  const known = plans.map((plan) =>
    plan.map((rules) =>
      rules.map(({ answers, verdict }) => ({
        answers: answers.map((each) => each ?? true),
        verdict: verdict === 'unsure' ? ('next' as const) : verdict,
      })),
    ),
  )
  fc.assert(
    fc.property(known, policies, (plan, policy) => {
      const isDropped = walk(plan, policy, () => 0) === 'drop'
      expect(barrierTo(rulesetOf(plan, policy), arrival) !== undefined).toBe(isDropped)
    }),
    { numRuns: 2_000 },
  )
})

test('rules of another family keep nobody out', () => {
  const ruleset = rulesetOf([[], [], [], []], 'drop')
  expect(barrierTo(ruleset, arrival)).toEqual(ruleset.entries[0])
  expect(barrierTo(ruleset, { ...arrival, family: 'ip6' })).toBeUndefined()
})
