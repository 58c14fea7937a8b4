import type { CreateCase } from './cases/case.ts'

/** What two projects cannot have at the same time: names of their own, and addresses. */
export const scarce = ({ files }: CreateCase): string[] =>
  Object.values(files).flatMap((text) =>
    [...text.matchAll(/(?:container_name|[{ ]name): ?"?([\w.-]+)|(\d+\.\d+\.\d+\.\d+)\/\d+/g)].map(
      ([, name, subnet]) => name ?? subnet ?? '',
    ),
  )

const busy = new Set<string>()
const waiting: (() => void)[] = []

/** Runs what needs something for itself when nobody else has it. */
export async function exclusively<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
  while (keys.some((key) => busy.has(key))) await new Promise<void>((resolve) => waiting.push(resolve))
  for (const key of keys) busy.add(key)
  try {
    return await work()
  } finally {
    for (const key of keys) busy.delete(key)
    for (const resolve of waiting.splice(0)) resolve()
  }
}
