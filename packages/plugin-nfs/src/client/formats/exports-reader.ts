/** The longest path and the longest client with its options, in bytes, that nfs-utils reads, each plus one. */
export const pathLimit = 1025
export const clientLimit = 512

export interface Token {
  /** What is meant: without quotes, escapes decoded. */
  value: string
  start: number
  /** Behind its last character. */
  end: number
  /** Where reading goes on. */
  next: number
  /** There was none: the end of the line, or `""`. */
  empty: boolean
  tooLong: boolean
  unclosed: boolean
}

/** One character as `xgetc` of nfs-utils (support/nfs/xio.c) gives it: a continued line is a space. */
function readChar(text: string, at: number): { char: string; next: number } | undefined {
  if (at >= text.length) return undefined
  if (text[at] === '\\' && text[at + 1] === '\n') {
    let next = at + 2
    while (text[next] === ' ' || text[next] === '\t') next += 1
    return { char: ' ', next }
  }
  const char = String.fromCodePoint(text.codePointAt(at)!)
  return { char, next: at + char.length }
}

/** Where the next token starts, behind blanks, continued lines and a comment: `xskip`. A backslash continues no comment. */
export function skipBlanks(text: string, from: number, blanks: string): number {
  let at = from
  for (;;) {
    const read = readChar(text, at)
    if (!read) return at
    if (read.char === '#') {
      const newline = text.indexOf('\n', at)
      if (newline < 0) return text.length
      if (!blanks.includes('\n')) return newline
      at = newline + 1
    } else if (blanks.includes(read.char) || read.char === '\0') at = read.next
    else return at
  }
}

/**
 * The token at an offset: `xgettok`. A quote toggles anywhere; three octal digits behind a backslash are one byte, and what
 * they give may be the backslash of another escape.
 */
export function readToken(text: string, start: number, limit: number): Token {
  const bytes: number[] = []
  let at = start
  let end = start
  let next = start
  let quoted = false
  while (bytes.length < limit) {
    const read = readChar(text, at)
    next = at
    if (!read) break
    if (!quoted && /[ \t\n\v\f\r]/.test(read.char)) {
      if (read.char !== '\n') next = read.next
      break
    }
    at = read.next
    end = at
    if (read.char === '"') quoted = !quoted
    else {
      if (read.char < '\x80') bytes.push(read.char.charCodeAt(0))
      else bytes.push(...Buffer.from(read.char))
      collapse(bytes)
    }
  }
  const terminator = bytes.indexOf(0)
  return {
    value: Buffer.from(terminator < 0 ? bytes : bytes.slice(0, terminator)).toString(),
    start,
    end,
    next,
    empty: bytes.length === 0,
    tooLong: bytes.length >= limit,
    unclosed: quoted,
  }
}

function collapse(bytes: number[]): void {
  if (bytes.at(-4) !== 0x5c) return
  const digits = bytes.slice(-3).map((byte) => byte - 0x30)
  const value = digits.reduce((sum, digit) => sum * 8 + digit, 0)
  if (digits.every((digit) => digit >= 0 && digit <= 7) && value < 256) bytes.splice(-4, 4, value)
}

/** The words of a list of options: blanks before a word and one comma at the end are nothing. */
export function splitWords(list: string): string[] {
  const words = list.replace(/^[ \t]+/, '').split(/,[ \t]*/)
  if (words.at(-1) === '') words.pop()
  return words
}
