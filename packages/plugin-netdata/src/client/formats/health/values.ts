import type { Labels } from './alarm.ts'
import { expected, wordsOf } from './syntax.ts'

/** The agent makes spaces of quotes, and one of many spaces. */
export const parseWords = (value: string): string => value.replace(/['"]/g, ' ').replace(/\s+/g, ' ').trim()

export const parsePattern = (value: string): string => value.replace(/\s+/g, ' ')

export function parseNumber(value: string): number {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) expected(value, 0, 'a number')
  return Number(value)
}

/** `room=server mount_point=!/mnt/backup *`: what has no `=` belongs to the label before it. */
export function parseLabels(value: string): Labels {
  const labels: Record<string, string> = {}
  let label: string | undefined
  for (const { 0: text, 1: name, 2: pattern, index } of value.matchAll(/([^\s=]+)\s*=\s*(\S+)|\S+/g)) {
    label = name ?? label
    if (label === undefined || (name === undefined && text.includes('=')))
      return expected(value, index, 'label=pattern')
    labels[label] = name === undefined ? `${labels[label]} ${text}` : pattern!
  }
  return labels
}

export const formatLabels = (labels: Labels): string =>
  Object.entries(labels)
    .map(([label, pattern]) => `${label}=${pattern}`)
    .join(' ')

export function parseOptions(value: string): 'no-clear-notification'[] {
  for (const { text, at } of wordsOf(value))
    if (!/^no-clear(?:-notification)?$/i.test(text)) expected(value, at, 'no-clear-notification')
  return ['no-clear-notification']
}
