/** One word of bash that is exactly this text, on one line: nothing in it is run or replaced. NUL cannot be in it. */
export const quote = (text: string): string =>
  /[\x01-\x1f\x7f]/.test(text)
    ? `$'${text.replace(/[\\'\x01-\x1f\x7f]/g, (char) => (char === '\\' || char === "'" ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`))}'`
    : `'${text.replaceAll("'", "'\\''")}'`
