/** A fenced block of a markdown page. */
export interface Block {
  language: string
  text: string
  /** The line that its text begins at, from 1. */
  line: number
  /** The file that it is the text of: a paragraph before it that is nothing but a bold name. */
  file?: string
}

export function blocksOf(markdown: string): Block[] {
  const found = markdown.matchAll(/(?:^\*\*([^*\n]+)\*\*\n\n)?^```(\w*)\n(.*?)^```$/gms)
  return [...found].map(({ 0: whole, 1: file, 2: language = '', 3: text = '', index }) => ({
    language,
    text,
    line: markdown.slice(0, index + whole.indexOf('```')).split('\n').length + 1,
    ...(file === undefined ? {} : { file }),
  }))
}

/** The commands of a `console` block, each with what it prints. */
export function sessionOf(text: string): { command: string; output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.split('\n')
      return { command, output: output.join('\n').trimEnd() }
    })
}
