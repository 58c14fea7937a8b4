import { type Plan, showValue } from '@lares/core'
import type { Style } from '../style.ts'

export const changedOutputs = (plan: Plan): [string, Plan['outputs'][string]][] =>
  Object.entries(plan.outputs).filter(([, { before, after }]) => JSON.stringify(before) !== JSON.stringify(after))

export function renderOutputChanges(plan: Plan, style: Style): string {
  const changed = changedOutputs(plan)
  if (changed.length === 0) return ''
  const lines = changed.map(([name, { before, after, secret }]) => {
    const [symbol, sides] =
      before === undefined
        ? [style.create('+'), showValue(after, secret)]
        : after === undefined
          ? [style.destroy('-'), showValue(before, secret)]
          : [style.change('~'), secret ? '(secret) differs' : `${showValue(before)} -> ${showValue(after)}`]
    return `    ${symbol}  ${name} = ${sides}`
  })
  return [style.strong('Outputs'), ...lines].join('\n')
}

/** Outputs as they are: strings without quotes, secrets masked. */
export function renderOutputs(outputs: { [name: string]: unknown }, style: Style): string {
  const names = Object.keys(outputs)
  const width = Math.max(0, ...names.map((name) => name.length))
  return names.map((name) => `  ${style.strong(name.padEnd(width))} = ${plainText(outputs[name])}\n`).join('')
}

/** A value as a script wants it: a string as it is, anything else as JSON. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value
  const isUnknown = typeof value === 'object' && value !== null && (value as { $lares?: string }).$lares === 'unknown'
  return isUnknown ? '(not known yet)' : showValue(value)
}
