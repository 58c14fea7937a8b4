import { compareNumbers, compareTagVersions, isDay, type TagVersion, tagVersion } from './tag-version.ts'

/** A tag that is newer than the one in use. */
export interface NewerTag {
  tag: string
  /** Which part of the version it raises: the first, the second, or what comes after them. */
  step: 'patch' | 'minor' | 'major'
}

const STEPS = ['major', 'minor', 'patch'] as const

/**
 * The newest tags above one that is in use, at most one for each step, the smallest step first. Only tags of the same shape
 * count: those of `1.27-alpine` have two numbers and end with `-alpine`. Pre-releases count for those who use one.
 */
export function newerTags(current: string, tags: Iterable<string>): NewerTag[] {
  const used = tagVersion(current)
  if (!used) return []
  const best = new Map<NewerTag['step'], { tag: string; version: TagVersion }>()
  for (const tag of tags) {
    const version = tagVersion(tag)
    if (!version || !isNewer(version, used)) continue
    const step = stepBetween(used, version)
    const known = best.get(step)
    if (!known || isBetter(version, known.version, used)) best.set(step, { tag, version })
  }
  return [...STEPS].reverse().flatMap((step) => {
    const found = best.get(step)
    return found ? [{ tag: found.tag, step }] : []
  })
}

const isNewer = (version: TagVersion, used: TagVersion): boolean =>
  version.shape === used.shape &&
  (!version.preRelease || used.preRelease !== undefined) &&
  isSameCount(version.numbers, used.numbers) &&
  compareTagVersions(version, used) > 0

/** Projects count up. A number of another kind, such as a year beside small numbers, is a tag from another time. */
const isSameCount = (numbers: readonly number[], used: readonly number[]): boolean =>
  isYear(numbers[0]!) === isYear(used[0]!) &&
  String(numbers[0]).length <= String(used[0]).length + 1 &&
  numbers.every((number, index) => isDay(number) === isDay(used[index]!))

const isYear = (number: number): boolean => number >= 1990 && number < 2100

/** Of equal versions, the one on the same distribution, or else on the newest. */
function isBetter(version: TagVersion, known: TagVersion, used: TagVersion): boolean {
  const order = compareTagVersions(version, known)
  if (order !== 0) return order > 0
  const isSame = ({ bases }: TagVersion) => compareNumbers(bases, used.bases) === 0
  return isSame(version) || (!isSame(known) && compareNumbers(version.bases, known.bases) > 0)
}

function stepBetween(used: TagVersion, version: TagVersion): NewerTag['step'] {
  const at = used.numbers.findIndex((number, index) => number !== version.numbers[index])
  return (at < 0 ? undefined : STEPS[at]) ?? 'patch'
}
