import { stripVTControlCharacters } from 'node:util'
import type { Alert, LabStatus, ResourceStatus } from '@lares/core'
import type { Style } from '../style.ts'
import { groupByHost, type HostGroup } from './groups.ts'
import { age, count } from './values.ts'
import { type Verdict, verdictOf, verdicts } from './verdicts.ts'
import { wrap } from './wrap.ts'

export interface View {
  style: Style
  /** Milliseconds, from which ages are counted. */
  now: number
  /** Columns of the screen; lines may be of any length where there is none. */
  width: number | undefined
}

/** Every resource on its host, in the order of the lab, the alerts below it, and at the end how many are how. */
export function renderStatus({ resources }: LabStatus, view: View): string {
  const blocks = [
    ...groupByHost(resources, resources).map((group) => groupLines(group, view, '').join('\n')),
    summary(resources, view.style),
  ]
  return `${blocks.join('\n\n')}\n`
}

const WIDEST = 28
const MARK = 3
/** What is left for words at least, before they go below. */
const NARROWEST = 24

function groupLines({ host, nodes, inner }: HostGroup<ResourceStatus>, view: View, indent: string): string[] {
  const { style } = view
  const widest = (texts: readonly string[]) => Math.min(WIDEST, Math.max(0, ...texts.map(({ length }) => length)))
  const widths = { address: widest(nodes.map(({ address }) => address)), type: widest(nodes.map(({ type }) => type)) }
  return [
    indent + style.strong(host === undefined ? 'This machine' : `On ${host}`),
    ...nodes.flatMap((resource) => resourceLines(resource, widths, view, `${indent}  `)),
    ...inner.flatMap((layer) => groupLines(layer, view, `${indent}  `)),
  ]
}

function resourceLines(
  resource: ResourceStatus,
  widths: { address: number; type: number },
  view: View,
  indent: string,
): string[] {
  const { style, width, now } = view
  const { address, type, health } = resource
  const verdict = verdictOf(resource)
  const { mark, tone } = verdicts[verdict]
  const isWide = width === undefined || width >= indent.length + MARK + widths.address + widths.type + NARROWEST
  const head = [
    indent + style[tone](mark.padEnd(MARK)),
    style.strong(address.padEnd(widths.address)),
    ...(isWide ? [style.faint(type.padEnd(widths.type))] : []),
  ].join('  ')
  const words = `${oneLine(health?.summary ?? wordsFor(verdict, resource))}${since(health?.since ?? resource.stopped, now)}`
  const paint = verdict !== 'well' ? style[tone] : health ? (text: string) => text : style.faint
  const below = `${indent}${' '.repeat(MARK)}  `
  return [
    ...placed(head, words, paint, below, width),
    ...(health?.alerts ?? []).flatMap((alert) => alertLines(alert, view, below)),
  ]
}

/** Words behind a head, or below it where they would have no room there. */
function placed(
  head: string,
  words: string,
  paint: (text: string) => string,
  below: string,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const column = stripVTControlCharacters(head).length + 2
  if (column + words.length <= width) return [`${head}  ${paint(words)}`]
  const isBelow = width - column < NARROWEST
  const indent = isBelow ? below : ' '.repeat(column)
  const lines = wrap(words, Math.max(NARROWEST, width - indent.length)).map((line) => indent + paint(line))
  return isBelow ? [head.trimEnd(), ...lines] : [`${head}  ${lines[0]!.slice(column)}`, ...lines.slice(1)]
}

const alertMarks = { warning: verdicts.degraded, critical: verdicts.down } as const

function alertLines(alert: Alert, { style, width, now }: View, indent: string): string[] {
  const { mark, tone } = alertMarks[alert.severity]
  const words = `${alertWords(alert)}${since(alert.since, now)}`
  const below = `${indent}${' '.repeat(MARK)}  `
  const [first, ...rest] = wrap(words, Math.max(NARROWEST, (width ?? Number.POSITIVE_INFINITY) - below.length))
  return [`${indent}${style[tone](mark.padEnd(MARK))}  ${first}`, ...rest.map((line) => `${below}${line}`)]
}

/** `disk_space_usage (disk_space./ on pi): 97 %`; the name only where the summary does not begin with it. */
function alertWords({ name, source, host, summary: said }: Alert): string {
  const about = [source, host === undefined ? undefined : `on ${host}`].filter((part) => part !== undefined).join(' ')
  const isNamed = said.startsWith(name)
  const title = isNamed || about === '' ? about || (isNamed ? '' : name) : `${name} (${about})`
  return oneLine(title === '' ? said : `${title}: ${said}`)
}

/** Text of others, without what a terminal would take for an order. */
const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()

function since(time: string | undefined, now: number): string {
  const ms = time === undefined ? Number.NaN : now - Date.parse(time)
  return Number.isNaN(ms) ? '' : `, for ${age(ms)}`
}

function wordsFor(verdict: Verdict, { status, on, kept }: ResourceStatus): string {
  if (verdict === 'stopped') return 'stopped on purpose'
  if (verdict === 'well') return 'there'
  if (verdict === 'leaving') return 'there, but no longer declared'
  if (verdict === 'kept') return 'kept, because it holds data'
  if (verdict === 'missing') return kept ? 'kept, but gone' : 'gone'
  if (verdict === 'foreign') return 'there, but not of this lab'
  if (verdict === 'failed') return 'could not be read'
  if (verdict === 'unreachable') return on === undefined ? 'does not answer' : 'not reached'
  return status === 'unknown' ? 'waits for what is not there yet' : 'not made yet'
}

/** `12 resources: 10 well, 1 down, 1 not reached; 2 alerts, 1 critical.` */
function summary(resources: readonly ResourceStatus[], style: Style): string {
  if (resources.length === 0) return 'Nothing is declared or recorded.'
  const groups = Object.groupBy(resources, verdictOf)
  const counted = (Object.keys(verdicts) as Verdict[]).flatMap((verdict) => {
    const n = groups[verdict]?.length ?? 0
    return n > 0 ? [style[verdicts[verdict].tone](`${n} ${verdicts[verdict].noun}`)] : []
  })
  const alerts = resources.flatMap(({ health }) => health?.alerts ?? [])
  const isWell = groups.well?.length === resources.length && alerts.length === 0
  const states = isWell ? style.good('all well') : counted.join(', ')
  const critical = alerts.filter(({ severity }) => severity === 'critical').length
  const raised = alerts.length === 0 ? '' : `; ${style.warning(count(alerts.length, 'alert'))}`
  const worst = critical === 0 ? '' : `, ${style.error(`${critical} critical`)}`
  return `${count(resources.length, 'resource')}: ${states}${raised}${worst}.`
}
