import { list, scalar, textOf } from '../yaml/tree.ts'
import type { Form } from './form.ts'

/** The words of a command line, as Compose splits it: quotes and backslashes, no variables, and no shell. */
export const command: Form = (node, path, report) => {
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => scalar(item.at, textOf(item) ?? '')) }
  const text = textOf(node)
  if (text === undefined) return node
  const { words, rest, open } = splitWords(text)
  if (open) report.problem(node, path, 'A quote does not end')
  if (rest !== '') {
    report.warning(
      node,
      path,
      'command_cut',
      `What follows the first "${rest[0]}" is left out, as Compose does`,
      `A command is not run by a shell. Write it as ["sh", "-c", "…"] to have one.`,
    )
  }
  return list(
    node.at,
    words.map((word) => scalar(node.at, word)),
  )
}

/** A healthcheck's test: text is for the shell. */
export const healthTest: Form = (node, path, report) => {
  const text = textOf(node)
  if (text === undefined) return command(node, path, report)
  return list(node.at, [scalar(node.at, 'CMD-SHELL'), scalar(node.at, text)])
}

/** Splits a command line into words; `rest` is what follows an unquoted `;`, `&`, `|`, `<` or `>`. */
export function splitWords(text: string): { words: string[]; rest: string; open: boolean } {
  const words: string[] = []
  let word = ''
  let started = false
  let quote: string | undefined
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!
    if (char === '\\' && quote !== "'" && index + 1 < text.length) {
      index += 1
      const escaped = text[index]!
      word += escaped === 't' ? '\t' : escaped === 'n' ? '\n' : escaped
      started = true
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      started = true
    } else if (/\s/.test(char)) {
      if (started) words.push(word)
      word = ''
      started = false
    } else if (/[;&|<>]/.test(char)) {
      if (started) words.push(word)
      return { words, rest: text.slice(index), open: false }
    } else {
      word += char
      started = true
    }
  }
  if (started) words.push(word)
  return { words, rest: '', open: quote !== undefined }
}
