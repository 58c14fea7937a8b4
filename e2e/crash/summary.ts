import type { Campaign, Coverage } from './campaign.ts'
import { kindOf } from './schedule.ts'

/** What was covered, kind by kind, and how it went. */
export function summary({ coverage, failures, rounds, missed }: Campaign): string[] {
  const moments = coverage.reduce((sum, each) => sum + each.moments, 0)
  return [
    '# boundaries struck, of those of an undisturbed run',
    ...coverage.flatMap(linesOf),
    `# random moments struck: ${moments}`,
    `# rounds: ${rounds}, of which ${missed} ended before their strike; failures: ${failures.length}`,
  ]
}

function linesOf({ phase, boundaries, struck }: Coverage): string[] {
  const kinds = new Map<string, { struck: number; all: number }>()
  for (const boundary of new Set([...boundaries, ...struck])) {
    const kind = kindOf(boundary)
    const counts = kinds.get(kind) ?? { struck: 0, all: 0 }
    kinds.set(kind, { struck: counts.struck + Number(struck.has(boundary)), all: counts.all + 1 })
  }
  const rows = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    `# ${phase}: ${struck.size} of ${new Set(boundaries).size}, ${rows.filter(([, { struck }]) => struck > 0).length} of ${rows.length} kinds`,
    ...rows.map(([kind, counts]) => `#   ${`${counts.struck}/${counts.all}`.padStart(9)}  ${kind}`),
  ]
}
