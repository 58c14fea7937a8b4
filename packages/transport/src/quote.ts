const plainWord = /^[A-Za-z0-9_@%+:,./-]+$/

/**
 * One word for a POSIX shell, quoted so that the shell passes on exactly these characters.
 * Throws a TypeError on a NUL, which no argument can hold.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('A shell word can not contain a NUL character')
  return plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command as one line for a POSIX shell. */
export function quoteCommand(command: readonly string[]): string {
  return command.map(quote).join(' ')
}
