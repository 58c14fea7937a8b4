/** Text whose bytes were written as `\040`; bytes that are no UTF-8 become U+FFFD. As libmount and the kernel read it. */
export function decodeOctal(text: string): string {
  if (!text.includes('\\')) return text
  const bytes = text
    .split(/(\\[0-3][0-7]{2})/)
    .map((part, index) => (index % 2 ? Buffer.of(Number.parseInt(part.slice(1), 8)) : Buffer.from(part)))
  return Buffer.concat(bytes).toString()
}

/** Writes each ASCII character that `unsafe` (a global pattern) matches as its octal escape. */
export function encodeOctal(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
