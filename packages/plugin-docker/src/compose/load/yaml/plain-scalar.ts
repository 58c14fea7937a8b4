import type { ScalarNode } from './tree.ts'

type Resolved = Pick<ScalarNode, 'value' | 'text'>

const INTEGER = /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[1-9][0-9_]*|0)$/i
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i
const RADIX: Record<string, number> = { '0b': 2, '0o': 8, '0x': 16 }

/**
 * What a plain (unquoted) scalar means to Compose, whose YAML is between 1.1 and 1.2: `0440` is octal and `1_000` a number,
 * `yes` and `12:30` are strings.
 */
export function resolvePlain(source: string): Resolved {
  if (source === '' || source === '~' || /^(?:null|Null|NULL)$/.test(source)) return { value: null }
  if (/^(?:true|True|TRUE)$/.test(source)) return { value: true }
  if (/^(?:false|False|FALSE)$/.test(source)) return { value: false }
  if (INTEGER.test(source)) return integer(source)
  const digits = source.replaceAll('_', '')
  if (FLOAT.test(digits)) return { value: Number(digits), text: floatText(Number(digits)) }
  return { value: source }
}

function integer(source: string): Resolved {
  const negative = source.startsWith('-')
  const digits = source.replace(/^[-+]/, '').replaceAll('_', '').toLowerCase()
  const radix = RADIX[digits.slice(0, 2)] ?? (/^0[0-7]/.test(digits) ? 8 : 10)
  const body = radix === 10 ? digits : digits.replace(/^0[box]?/, '')
  if (body === '') return { value: source }
  const prefix = { 2: '0b', 8: '0o', 10: '', 16: '0x' }[radix]
  const exact = BigInt(`${prefix}${body}`) * (negative ? -1n : 1n)
  return { value: Number(exact), text: String(exact) }
}

/** As Go prints it: with an exponent of two digits for what is very small, and from a million on. */
function floatText(value: number): string {
  const magnitude = Math.abs(value)
  if (value === 0 || (magnitude >= 1e-4 && magnitude < 1e6)) return String(value)
  return value.toExponential().replace(/e([-+])(\d)$/, (_, sign, digit) => `e${sign}0${digit}`)
}
