/** What of a tag counts: `1.27.3-alpine3.20` is version 1.27.3 of the variant `-alpine#`. */
export interface TagVersion {
  numbers: readonly number[]
  /** How far it is from its release: `-rc1`. */
  preRelease: PreRelease | undefined
  /** What counts further up below the version, such as the build in `-ls45`. */
  counters: readonly number[]
  /** Versions of the distribution below, such as that in `-alpine3.20`; they may follow, but make nothing newer. */
  bases: readonly number[]
  /** Tags with the same shape are versions of the same thing. */
  shape: string
}

interface PreRelease {
  rank: number
  number: number
}

const DATE = String.raw`(?:19|20)\d\d-\d\d-\d\d(?:T\d\d-\d\d-\d\dZ?)?`
const TAG = new RegExp(String.raw`^((?:[a-z][a-z0-9]*[-_])*(?:[a-z]+\.)?v?)(${DATE}|\d+(?:\.\d+)*)(.*)$`, 'i')

/** Leads of tags that number commits and changes, which are no versions. */
const COMMIT = /(?:^|[-_])(?:sha|git|commit|pr|mr|branch|build|run)[-_]/i
const STAGES = ['dev', 'nightly', 'snapshot', 'canary', 'edge', 'alpha', 'a', 'beta', 'b', 'm', 'preview', 'pre', 'rc']
const STAGE = new RegExp(String.raw`^(?:[-_+](?![ab]\d)|(?=[a-z]+\d))(${STAGES.join('|')})\.?(\d+)?$`, 'i')
const COUNTER = /^(ls|r|rev|p|patch|build|hotfix|sp)\.?(\d+)$/i
const BASE = /^(alpine|debian|ubuntu|ubi|centos|rocky|fedora|oraclelinux|ltsc)\.?(\d+(?:\.\d+)*)$/i
const HASH = /^g?(?=[a-f]*\d)[0-9a-f]{7,64}$/i

/** The version that a tag names, or undefined when it names none: `latest`, `stable-alpine`, a commit. */
export function tagVersion(tag: string): TagVersion | undefined {
  const [, lead = '', text = '', rest = ''] = TAG.exec(tag) ?? []
  if (text === '' || COMMIT.test(lead) || isAccident(text, rest)) return undefined
  const version: Mutable = { numbers: numbersOf(text), preRelease: undefined, counters: [], bases: [], shape: '' }
  const shape = rest.split(/(?=[-_+])/).map((part) => shapeOf(version, part))
  const count = isDate(text) ? 'date' : version.numbers.length
  version.shape = `${lead.toLowerCase()} ${count} ${shape.join('')}`
  return version
}

type Mutable = { -readonly [K in keyof TagVersion]: TagVersion[K] extends readonly number[] ? number[] : TagVersion[K] }

/** What a part of a tag must have in common with that of another; what may differ goes into the version. */
function shapeOf(version: Mutable, whole: string): string {
  const stage = STAGE.exec(whole)
  if (stage) {
    version.preRelease = { rank: STAGES.indexOf(stage[1]!.toLowerCase()), number: Number(stage[2] ?? 0) }
    return ''
  }
  const [, separator = '', part = ''] = /^([-_+]?)(.*)$/.exec(whole)!
  if (isDay(part) || /^\d{1,6}$/.test(part)) {
    version.counters.push(Number(part))
    return `${separator}#`
  }
  if (HASH.test(part)) return `${separator}hash`
  const counter = COUNTER.exec(part)
  if (counter) {
    version.counters.push(Number(counter[2]))
    return `${separator}${counter[1]!.toLowerCase()}#`
  }
  const base = BASE.exec(part)
  if (base) {
    version.bases.push(...numbersOf(base[2]!))
    return `${separator}${base[1]!.toLowerCase()}#`
  }
  return whole.toLowerCase()
}

const numbersOf = (text: string): number[] => text.split(/\D+/).filter(Boolean).map(Number)
const isDate = (text: string): boolean => text.includes('-')

/** A day in one number: `20240131`. */
export const isDay = (text: string | number): boolean =>
  /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(String(text))

/** A commit that begins with digits, or has nothing else. */
const isAccident = (text: string, rest: string): boolean =>
  /^\d{7,}$/.test(text) ? !isDay(text) : /^\d+$/.test(text) && HASH.test(text + rest) && /^[0-9a-f]+$/i.test(rest)

/** Below zero when `a` is older than `b`. Only for tags of the same shape. */
export function compareTagVersions(a: TagVersion, b: TagVersion): number {
  return (
    compareNumbers(a.numbers, b.numbers) ||
    comparePreReleases(a.preRelease, b.preRelease) ||
    compareNumbers(a.counters, b.counters)
  )
}

export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => number !== b[index])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

function comparePreReleases(a: PreRelease | undefined, b: PreRelease | undefined): number {
  if (!a || !b) return a ? -1 : b ? 1 : 0
  return a.rank - b.rank || a.number - b.number
}
