/** Options by section, as netdata.conf and stream.conf have them: `{ db: { mode: 'ram' } }`. */
export type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface IniText {
  readonly sections: Sections
  /** Lines that are neither comment, section nor option: the agent passes them over. */
  readonly ignored: readonly string[]
}

/** The section that a line begins. Spaces in the brackets are part of its name. */
export const headerOf = (line: string): string | undefined => /^\[(.*)\]$/.exec(line.trim())?.[1]

/** Name and value, where a line is an option in a section. */
export function optionOf(line: string): readonly [string, string] | undefined {
  const trimmed = line.trim()
  const at = trimmed.indexOf('=')
  if (at <= 0 || trimmed.startsWith('#') || headerOf(line) !== undefined) return undefined
  return [trimmed.slice(0, at).trim(), trimmed.slice(at + 1).trim()]
}

/**
 * Reads netdata.conf or stream.conf as the agent does (`inicfg_load`, in 1.37 `appconfig_load`): `#` begins a comment only at
 * the start of a line, names and values are trimmed, the last of two options counts, and so does what two sections of a name have.
 */
export function parseIni(text: string): IniText {
  const sections: Record<string, Record<string, string>> = {}
  const ignored: string[] = []
  let current: Record<string, string> | undefined
  for (const line of text.split('\n')) {
    const section = headerOf(line)
    const option = optionOf(line)
    if (section !== undefined) current = sections[section] ??= {}
    else if (current && option) current[option[0]] = option[1]
    else if (!/^\s*(#|$)/.test(line)) ignored.push(line.trim())
  }
  return { sections, ignored }
}

export const formatIni = (sections: Sections): string => Object.entries(sections).map(formatSection).join('\n')

export const formatSection = ([name, options]: readonly [string, Readonly<Record<string, string>>]): string =>
  [`[${name}]`, ...Object.entries(options).map(([option, value]) => `    ${option} = ${value}`), ''].join('\n')
