import type { InUse, Outdated } from '@lares/core'
import type { Style } from '../style.ts'
import { table } from './table.ts'
import { count } from './values.ts'

/** Whether there is something newer of what is in use. */
export function stateOf({ newDigest, newer, note }: InUse): 'newer' | 'current' | 'unknown' {
  if (newDigest !== undefined || newer.length > 0) return 'newer'
  return note === undefined ? 'current' : 'unknown'
}

const TITLES = ['ADDRESS', 'IN USE', 'SAME NAME NOW', 'SAME MAJOR', 'NEWER MAJOR']

/** What is in use, resource by resource: what its name means by now, and the newest versions. */
export function renderOutdated(found: readonly Outdated[], options: { all: boolean }, style: Style): string {
  const groups = found.map((one) => ({
    ...one,
    shown: options.all ? one.inUse : one.inUse.filter((used) => stateOf(used) === 'newer'),
  }))
  const rows = groups.filter(({ shown }) => shown.length > 0).flatMap((group) => rowsOf(group, style))
  const head = TITLES.map((title, i) => (rows.some((row) => row[i]) ? style.faint(title) : ''))
  const shown = rows.length > 0 ? `${table([head, ...rows])}\n` : ''
  return `${shown}${closing(found, style)}\n`
}

function rowsOf({ address, shown }: Outdated & { shown: readonly InUse[] }, style: Style): string[][] {
  const [only] = shown
  if (shown.length === 1 && only?.part === undefined) return [rowOf(style.strong(address), only!, style)]
  return [[style.strong(address)], ...shown.map((used) => rowOf(`  ${used.part ?? ''}`, used, style))]
}

function rowOf(head: string, used: InUse, style: Style): string[] {
  const { name, newDigest, newer, note } = used
  const versions = (isMajor: boolean) =>
    newer.filter(({ step }) => (step === 'major') === isMajor).map(({ version }) => version)
  const plain = stateOf(used) === 'current' ? 'up to date' : (note ?? '')
  return [
    head,
    name,
    newDigest === undefined ? '' : style.change(shortDigest(newDigest)),
    style.change(versions(false).join(', ')),
    style.change(versions(true).join(', ')),
    style.faint(plain),
  ]
}

/** As much of a digest as tells it from others. */
const shortDigest = (digest: string): string => digest.replace(/^(\w+:\w{12})\w+$/, '$1')

function closing(found: readonly Outdated[], style: Style): string {
  const used = found.flatMap(({ inUse }) => inUse)
  const states = Object.groupBy(used, stateOf)
  const kinds = new Set(used.map(({ kind }) => kind))
  const noun = kinds.size === 1 ? [...kinds][0]! : 'thing'
  const newer = states.newer?.length ?? 0
  const moved = used.filter(({ newDigest }) => newDigest !== undefined).length
  const versions = used.filter((one) => one.newer.length > 0).length
  const kindsOfNewer = [
    ...(moved > 0 ? [`${moved} under the same name`] : []),
    ...(versions > 0 ? [`${versions} with newer versions`] : []),
  ]
  const parts = [
    newer > 0 ? style.change(`${newer} outdated (${kindsOfNewer.join(', ')})`) : style.good('nothing newer'),
    ...(states.current ? [`${states.current.length} up to date`] : []),
    ...(states.unknown ? [style.warning(`${states.unknown.length} not compared`)] : []),
  ]
  const others = (['absent', 'failed'] as const).flatMap((status) => {
    const n = found.filter((one) => one.status === status).length
    const said = status === 'absent' ? `not there yet` : `could not be looked at`
    return n > 0 ? [`${count(n, 'resource')} ${said}`] : []
  })
  const first = used.length > 0 ? [`${count(used.length, noun)} in use: ${parts.join(', ')}`] : []
  if (first.length + others.length === 0) return 'Nothing is in use of which there could be something newer.'
  return `${[...first, ...others].join('; ')}.`
}
