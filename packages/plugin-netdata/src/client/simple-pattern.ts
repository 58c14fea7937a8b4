/**
 * Whether text matches one of Netdata's simple patterns: words with `*` for any text, `!` in front of one that excludes;
 * the first that fits decides. https://learn.netdata.cloud/docs/agent/libnetdata/simple_pattern
 */
export function matchesPattern(pattern: string, text: string): boolean {
  for (const word of pattern.split(/\s+/).filter((word) => word !== '')) {
    const excludes = word.startsWith('!')
    if (fits(excludes ? word.slice(1) : word, text)) return !excludes
  }
  return false
}

/** True for a name without wildcards and exclusions. */
export const isExact = (pattern: string): boolean => !/[*!\s]/.test(pattern)

/** The same as the source of a regular expression, for a text and the quote that ends it in JSON. */
export function patternSource(pattern: string): string {
  const excluded: string[] = []
  const options: string[] = []
  for (const word of pattern.split(/\s+/).filter((word) => word !== '')) {
    const excludes = word.startsWith('!')
    const source = (excludes ? word.slice(1) : word).split('*').map(escaped).join('[^"]*')
    if (excludes) excluded.push(source)
    else options.push(excluded.length === 0 ? source : `(?!(?:${excluded.join('|')})")${source}`)
  }
  return options.length === 0 ? '(?!)' : `(?:${options.join('|')})"`
}

const escaped = (text: string) => text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&')

/** Greedy from both ends, as a regular expression of many stars would take exponential time. */
function fits(word: string, text: string): boolean {
  const [first = '', ...parts] = word.split('*')
  if (parts.length === 0) return text === first
  const last = parts.pop()!
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of parts) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
