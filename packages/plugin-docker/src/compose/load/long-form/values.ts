import { parseSize } from '@lares/core'
import { parseDuration } from '../../../client/notation/duration.ts'
import { type Node, scalar, textOf } from '../yaml/tree.ts'
import type { Form } from './form.ts'
import { parsed } from './report.ts'

const TRUE = ['true', 'y', 'yes', 'on']
const FALSE = ['false', 'n', 'no', 'off']

/** A form of scalars: null, lists and maps stay what they are. */
const ofText =
  (parse: (text: string, node: Node) => string | number | boolean): Form =>
  (node, path, report) => {
    const text = textOf(node)
    if (text === undefined) return node
    const value = parsed(node, path, report, () => parse(text, node))
    return value === undefined ? node : scalar(node.at, value)
  }

export const string = ofText((text) => text)

export const flag = ofText((text) => {
  if (TRUE.includes(text.toLowerCase())) return true
  if (FALSE.includes(text.toLowerCase())) return false
  throw new RangeError(`"${text}" is neither true nor false`)
})

export const whole = ofText((text) => {
  if (!/^[-+]?\d+$/.test(text)) throw new RangeError(`"${text}" is not a whole number`)
  return Number(text)
})

export const decimal = ofText((text) => {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new RangeError(`"${text}" is not a number`)
  return value
})

/** Bytes; below 0 is no limit. */
export const size = ofText((text) => (/^-\d+$/.test(text) ? Number(text) : parseSize(text)))

/** Nanoseconds. */
export const duration = ofText((text) => parseDuration(text))

/** The permissions of a file: a number, or its octal digits in quotes. */
export const fileMode = ofText((text, node) => {
  if (node.kind === 'scalar' && typeof node.value === 'number') return node.value
  if (!/^(?:0o?)?[0-7]{1,4}$/.test(text)) throw new RangeError(`"${text}" is not a file mode such as "0440"`)
  return Number.parseInt(text.replace(/^0o/, ''), 8)
})

/** How many devices; -1 is all of them. */
export const deviceCount = ofText((text) => {
  if (text === 'all' || text === '-1') return -1
  if (!/^\d+$/.test(text)) throw new RangeError(`"${text}" is neither a number of devices nor "all"`)
  return Number(text)
})
