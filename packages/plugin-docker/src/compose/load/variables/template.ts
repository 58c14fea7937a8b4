/** The value of a variable, or undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

export type Substituted = {
  text: string
  /** Variables without a value and without a default. */
  unset: string[]
  /** Why there is no text: a required variable is missing, or a `${…}` cannot be read. */
  problem?: { kind: 'missing' | 'malformed'; message: string }
}

const NAME = /^[_a-z][_a-z0-9]*/i
const OPERATOR = /^(?::?[-?+])/

/**
 * Text with its variables replaced, as Compose does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
 * `${NAME:?message}`, `${NAME?message}`, `${NAME:+instead}`, `${NAME+instead}`, nested in each other; `$$` is a dollar sign.
 */
export function substitute(template: string, lookup: Lookup): Substituted {
  const unset: string[] = []
  let text = ''
  let rest = template
  for (;;) {
    const dollar = rest.indexOf('$')
    if (dollar < 0) return { text: text + rest, unset }
    text += rest.slice(0, dollar)
    rest = rest.slice(dollar + 1)
    if (rest.startsWith('$')) {
      text += '$'
      rest = rest.slice(1)
    } else if (rest.startsWith('{')) {
      const end = closingBrace(rest)
      const inside = end < 0 ? undefined : braced(rest.slice(1, end), lookup)
      if (inside === undefined) {
        return { text: '', unset, problem: { kind: 'malformed', message: 'What follows "${" is not a variable' } }
      }
      unset.push(...inside.unset)
      if (inside.problem) return { ...inside, unset }
      text += inside.text
      rest = rest.slice(end + 1)
    } else {
      const name = NAME.exec(rest)?.[0]
      if (name === undefined) {
        text += '$'
        continue
      }
      const value = lookup(name)
      if (value === undefined) unset.push(name)
      text += value ?? ''
      rest = rest.slice(name.length)
    }
  }
}

/** Where the brace that the text begins with closes; only those of variables count. */
function closingBrace(text: string): number {
  let open = 1
  for (let index = 1; index < text.length; index++) {
    if (text[index] === '}') open -= 1
    else if (text.startsWith('${', index)) open += 1
    if (open === 0) return index
  }
  return -1
}

function braced(inside: string, lookup: Lookup): Substituted | undefined {
  const name = NAME.exec(inside)?.[0]
  if (name === undefined) return undefined
  const value = lookup(name)
  const after = inside.slice(name.length)
  if (after === '') return { text: value ?? '', unset: value === undefined ? [name] : [] }
  const operator = OPERATOR.exec(after)?.[0]
  if (operator === undefined || after.includes('\n')) return undefined
  const word = after.slice(operator.length)
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'))
  if (operator.endsWith('+')) return isSet ? substitute(word, lookup) : { text: '', unset: [] }
  if (isSet) return { text: value, unset: [] }
  if (operator.endsWith('-')) return substitute(word, lookup)
  const message = `The variable ${name} is required${word === '' ? '' : `: ${word}`}`
  return { text: '', unset: [], problem: { kind: 'missing', message } }
}
