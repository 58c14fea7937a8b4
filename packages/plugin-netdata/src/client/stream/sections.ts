import type { Owner } from '@lares/core'
import { formatSection, headerOf, optionOf, parseIni } from '../formats/ini.ts'
import { OPTION_NAMES } from './options.ts'

/** A section of stream.conf where it stands; one name may have several, of which the agent makes one. */
export interface StreamSection {
  readonly name: string
  readonly options: Readonly<Record<string, string>>
  /** Whose it is, by the comment above it. */
  readonly owner?: Owner
}

/** From its mark, or its header, up to the mark or header of the next one. */
type Placed = StreamSection & { from: number; header: number; to: number }

const MARK = /^# lares: ([\w-]+)\/([\w/-]+)$/

const markOf = ({ lab, address }: Owner): string => `# lares: ${lab}/${address}`

function placed(lines: readonly string[]): Placed[] {
  const headers = lines.flatMap((line, header) => (headerOf(line) === undefined ? [] : [header]))
  const starts = headers.map((header) => markAbove(lines, header) ?? header)
  return headers.map((header, index) => {
    const [name, from, to] = [headerOf(lines[header]!)!, starts[index]!, starts[index + 1] ?? lines.length]
    const [, lab, address] = MARK.exec(lines[from]!) ?? []
    const options = parseIni(lines.slice(header, to).join('\n')).sections[name] ?? {}
    return { name, options, ...(lab && address ? { owner: { lab, address } } : {}), from, header, to }
  })
}

/** Where the mark of a section stands: right above its header, or above comments that are. */
function markAbove(lines: readonly string[], header: number): number | undefined {
  for (let at = header - 1; lines[at]?.startsWith('#'); at--) if (MARK.test(lines[at]!)) return at
  return undefined
}

export const streamSections = (text: string): StreamSection[] =>
  placed(text.split('\n')).map(({ from: _, header: __, to: ___, ...section }) => section)

/** Whether a section is switched on, in the words of `appconfig_test_boolean_value`. */
export const isEnabled = ({ enabled = 'no' }: Readonly<Record<string, string>>): boolean =>
  ['yes', 'true', 'on', 'auto', 'on demand'].includes(enabled.toLowerCase())

const isSame = (one: Owner | undefined, other: Owner): boolean =>
  one?.lab === other.lab && one.address === other.address

const isOurs = (line: string): boolean => OPTION_NAMES.has(optionOf(line)?.[0] ?? '')

/** All of a section but its mark and the options that Lares has words for; the header only where others put options into it. */
function remains(lines: readonly string[], { from, header, to }: Placed): { above: string[]; inside: string[] } {
  return {
    above: lines.slice(from, header).filter((line) => !MARK.test(line)),
    inside: lines.slice(header + 1, to).filter((line) => !isOurs(line)),
  }
}

function without(lines: readonly string[], section: Placed): string[] {
  const { from, header, to } = section
  const { above, inside } = remains(lines, section)
  const kept = [...above, ...(inside.some(optionOf) ? [lines[header]!] : []), ...inside]
  const gap = kept.every((line) => line === '') && lines[from - 1] === '' ? 1 : 0
  return [...lines.slice(0, from - gap), ...kept, ...lines.slice(to)]
}

/** The text without the section of this owner; all else stays as it is. */
export function removeSection(text: string, owner: Owner): string {
  const lines = text.split('\n')
  const found = placed(lines).find((section) => isSame(section.owner, owner))
  return found ? removeSection(without(lines, found).join('\n'), owner) : text
}

/** The text with these as the only options of this owner, where they win over other sections of this name; what others wrote stays. */
export function setSection(
  text: string,
  owner: Owner,
  name: string,
  options: Readonly<Record<string, string>>,
): string {
  const lines = text.split('\n')
  const all = placed(lines)
  const [own, ...more] = all.filter((each) => isSame(each.owner, owner))
  const isLast = own && !all.some((each) => each.name === name && each.header > own.header)
  if (!isLast || more.length > 0) {
    const rest = removeSection(text, owner)
    const gap = rest === '' ? '' : rest.endsWith('\n') ? '\n' : '\n\n'
    return `${rest}${gap}${markOf(owner)}\n${formatSection([name, options])}`
  }
  const before = Object.entries(own.options).filter(([option]) => OPTION_NAMES.has(option))
  if (own.name === name && isEqual(Object.fromEntries(before), options)) return text
  const { above, inside } = remains(lines, own)
  const written = formatSection([name, options]).trimEnd().split('\n')
  return [...lines.slice(0, own.from), markOf(owner), ...above, ...written, ...inside, ...lines.slice(own.to)].join(
    '\n',
  )
}

const isEqual = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  Object.keys(one).length === Object.keys(other).length &&
  Object.entries(one).every(([option, value]) => other[option] === value)

/** The text in which nobody but this owner has a section of this name that is switched on; comments stay. */
export function takeSection(text: string, owner: Owner, name: string): string {
  const lines = text.split('\n')
  const found = placed(lines).find(
    (each) => each.name === name && !isSame(each.owner, owner) && isEnabled(each.options),
  )
  if (!found) return text
  const comments = lines.slice(found.from, found.to).filter((line) => line === '' || /^\s*#(?! lares: )/.test(line))
  return takeSection([...lines.slice(0, found.from), ...comments, ...lines.slice(found.to)].join('\n'), owner, name)
}
