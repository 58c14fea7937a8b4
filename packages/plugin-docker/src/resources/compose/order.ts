import type { FoundContainer } from './found.ts'
import { dependenciesIn, labels } from './labels.ts'

/** Containers in the order in which they can stop, those of one step together. What depends on each other stops at last. */
export function stopOrder(containers: readonly FoundContainer[]): FoundContainer[][] {
  const steps: FoundContainer[][] = []
  let left = [...containers]
  while (left.length > 0) {
    const needed = new Set(left.flatMap((one) => dependenciesIn(one.inspect.Config.Labels?.[labels.dependsOn])))
    const free = left.filter(({ service }) => !needed.has(service))
    const step = free.length > 0 ? free : left
    steps.push(step)
    left = left.filter((one) => !step.includes(one))
  }
  return steps
}
