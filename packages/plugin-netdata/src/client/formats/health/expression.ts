import { type AgentVersion, isAtLeast } from '../../version.ts'
import { expected } from './syntax.ts'

export interface Expression {
  /** Names that it refers to, without `$`, each once. */
  readonly variables: readonly string[]
}

/** What an agent's parser takes. Before 2.5 it was written by hand (eval.c), since then it is generated (re2c and Lemon). */
interface Dialect {
  readonly generated: boolean
  readonly number: RegExp
  readonly bareVariable: RegExp
  readonly not: RegExp
  readonly sign: RegExp
  readonly operators: readonly RegExp[]
}

const handwritten: Dialect = {
  generated: false,
  number: /nan|inf|(?:\d+\.?\d*|[+-]?\.\d+)(?:[eE][+-]?\d+)?/y,
  bareVariable: /\$[\w.]+/y,
  not: /!|not(?=[\s($!+\d-])/iy,
  sign: /[+-](?!\.)/y,
  // The character after a word is swallowed, whatever it is.
  operators: [/(?:and|or)(?=\s)/iy, /(?:&&|\|\||[<>=!]=|[<>=]|[-+*/])(?=[\s($!+\w-]|$)/y],
}

const generated: Dialect = {
  generated: true,
  number: /nan|null|inf(?:inity)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/iy,
  bareVariable: /\$[^\s&|!><=%+\-*/?()}{;,]+/y,
  not: /!|not/iy,
  sign: /[+-]/y,
  operators: [/and|or/iy, /&&|\|\||[<>=!]=|<>|[<>]|[-+*/%]/y],
}

/**
 * Reads what `calc`, `warn` and `crit` compute as the agent of that version does, before an agent sees it: one that ends
 * after an operator makes agents of 1.37 crash. Throws a HealthSyntaxError.
 * (netdata: libnetdata/eval/eval.c; since 2.5 src/libnetdata/eval/re2c_lemon/lexer.re and parser.y.)
 */
export function parseExpression(text: string, version: AgentVersion): Expression {
  const dialect = isAtLeast(version, '2.5') ? generated : handwritten
  const variables = new Set<string>()
  let at = 0

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const skip = () => take(/\s*/y)
  const missing = (what: string): never => expected(text, at, what)

  function operand(): void {
    do skip()
    while (take(dialect.not) ?? take(dialect.sign) ?? take(/abs(?=\()/iy))
    if (take(/\(/y)) {
      expression()
      if (!take(/\)/y)) missing('an operator or ")"')
      return
    }
    const variable = take(/\$\{[^}]+\}/y)?.slice(2, -1) ?? take(dialect.bareVariable)?.slice(1)
    if (variable !== undefined) variables.add(variable)
    else if (!take(dialect.number)) missing('a number, a $variable, "(" or abs(')
  }

  function conditional(): void {
    const branch = dialect.generated ? expression : operand
    branch()
    skip()
    if (!take(/:/y))
      missing(dialect.generated ? 'an operator or ":"' : '":" (what is computed there needs parentheses)')
    branch()
  }

  function expression(): void {
    operand()
    for (;;) {
      skip()
      if (at === text.length || text[at] === ')') return
      if (take(/\?/y)) conditional()
      else if (dialect.operators.some((each) => take(each))) operand()
      else if (dialect.generated && text[at] === ':') return
      else missing(operatorAdvice())
    }
  }

  function operatorAdvice(): string {
    const rest = text.slice(at)
    if (dialect.generated && rest.startsWith('=')) return '"=="'
    if (/^<>/.test(rest)) return '"!="'
    if (/^(?:and|or)\b/i.test(rest)) return 'a space after AND and OR'
    if (/^[-+*/<>=!&|]+\./.test(rest)) return 'a digit or a space before the point'
    return 'an operator'
  }

  expression()
  if (at < text.length) missing('the end or an operator')
  return { variables: [...variables] }
}
