import type { Owner } from '@lares/core'
import { formatSection, parseIni } from '../formats/ini.ts'

/** A section of stream.conf where it stands; one name may have several, of which the agent makes one. */
export interface StreamSection {
  readonly name: string
  readonly options: Readonly<Record<string, string>>
  /** Whose it is, by the comment above it. */
  readonly owner?: Owner
}

type Placed = StreamSection & { from: number; to: number }

const MARK = /^# lares: ([\w-]+)\/([\w/-]+)$/
const HEADER = /^\s*\[(.*)\]\s*$/

const markOf = ({ lab, address }: Owner): string => `# lares: ${lab}/${address}`

/** Ours end at the first line that is none of their options, as what stands below is of whoever wrote it. */
function placed(lines: readonly string[]): Placed[] {
  return lines.flatMap((line, at) => {
    const name = HEADER.exec(line)?.[1]?.trim()
    if (!name) return []
    const [, lab, address] = MARK.exec(lines[at - 1] ?? '') ?? []
    const owner = lab && address ? { owner: { lab, address } } : {}
    const isEnd = owner.owner ? (one: string) => !/^\s*[^\s#[]/.test(one) : (one: string) => HEADER.test(one)
    const end = lines.findIndex((one, index) => index > at && isEnd(one))
    const to = end < 0 ? lines.length : end
    const { sections } = parseIni(lines.slice(at, to).join('\n'))
    return [{ name, options: sections[name] ?? {}, ...owner, from: owner.owner ? at - 1 : at, to }]
  })
}

export const streamSections = (text: string): StreamSection[] =>
  placed(text.split('\n')).map(({ from: _, to: __, ...section }) => section)

/** Whether a section is switched on, in the words of `appconfig_test_boolean_value`. */
export const isEnabled = ({ enabled = 'no' }: Readonly<Record<string, string>>): boolean =>
  ['yes', 'true', 'on', 'auto', 'on demand'].includes(enabled.toLowerCase())

const isSame = (one: Owner | undefined, other: Owner): boolean =>
  one?.lab === other.lab && one.address === other.address

const without = (lines: readonly string[], { from, to }: Placed): string[] => [
  ...lines.slice(0, lines[from - 1] === '' ? from - 1 : from),
  ...lines.slice(to),
]

/** The text without the section of this owner; all else stays as it is. */
export function removeSection(text: string, owner: Owner): string {
  const lines = text.split('\n')
  const found = placed(lines).find((section) => isSame(section.owner, owner))
  return found ? removeSection(without(lines, found).join('\n'), owner) : text
}

/** The text with this as the only section of this owner, at its end, where it wins over others of its name. */
export function setSection(
  text: string,
  owner: Owner,
  name: string,
  options: Readonly<Record<string, string>>,
): string {
  const section = `${markOf(owner)}\n${formatSection([name, options])}`
  const same = streamSections(text).filter((each) => each.name === name)
  if (isSame(same.at(-1)?.owner, owner) && same.filter((each) => isSame(each.owner, owner)).length === 1) {
    const lines = text.split('\n')
    const { from, to } = placed(lines).findLast((each) => each.name === name)!
    if (`${lines.slice(from, to).join('\n')}\n` === section) return text
  }
  const rest = removeSection(text, owner)
  const gap = rest === '' ? '' : rest.endsWith('\n') ? '\n' : '\n\n'
  return `${rest}${gap}${section}`
}

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
