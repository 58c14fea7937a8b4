/** Options by section, as netdata.conf and stream.conf have them: `{ db: { mode: 'ram' } }`. */
export type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface IniText {
  readonly sections: Sections
  /** Lines that are neither comment, section nor option: the agent passes them over. */
  readonly ignored: readonly string[]
}

/**
 * Reads netdata.conf or stream.conf as the agent does (`inicfg_load`, in 1.37 `appconfig_load`): `#` begins a comment only at
 * the start of a line, names and values are trimmed, the last of two options counts, and so does what two sections of a name have.
 */
export function parseIni(text: string): IniText {
  const sections: Record<string, Record<string, string>> = {}
  const ignored: string[] = []
  let current: Record<string, string> | undefined
  for (const each of text.split('\n')) {
    const line = each.trim()
    if (line === '' || line.startsWith('#')) continue
    const section = /^\[(.*)\]$/.exec(line)?.[1]?.trim()
    const at = line.indexOf('=')
    if (section) {
      sections[section] ??= {}
      current = sections[section]
    } else if (current && at > 0) current[line.slice(0, at).trim()] = line.slice(at + 1).trim()
    else ignored.push(line)
  }
  return { sections, ignored }
}

export const formatIni = (sections: Sections): string => Object.entries(sections).map(formatSection).join('\n')

export const formatSection = ([name, options]: readonly [string, Readonly<Record<string, string>>]): string =>
  [`[${name}]`, ...Object.entries(options).map(([option, value]) => `    ${option} = ${value}`), ''].join('\n')
