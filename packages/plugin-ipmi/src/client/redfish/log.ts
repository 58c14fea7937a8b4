import type { BmcEvent, EventSeverity } from '../event.ts'
import { given } from '../given.ts'
import { finite, type Json, link, text } from './values.ts'

/** Which of the logs is the one of the hardware: by its type, or else by the names that vendors have for it. */
export function hardwareLog(services: readonly Json[]): Json | undefined {
  const readable = services.filter((each) => link(each.Entries) !== undefined)
  const named = (pattern: RegExp) => readable.find((each) => pattern.test(text(each.Id) ?? ''))
  return (
    readable.find((each) => text(each.LogEntryType) === 'SEL') ??
    named(/^(sel|iml)$/i) ??
    named(/^(event ?log|platformlog|standardlog|log1?)$/i) ??
    readable.find((each) => /Event|Multiple/.test(text(each.LogEntryType) ?? '')) ??
    readable[0]
  )
}

const severities: Readonly<Record<string, EventSeverity>> = { OK: 'info', Warning: 'warning', Critical: 'critical' }

/** The oldest first, in whatever order they came. */
export function eventsOf(entries: readonly Json[]): BmcEvent[] {
  const found = entries.map((entry, index): BmcEvent & { readonly order: number } => {
    const id = text(entry.Id) ?? ''
    const written = text(entry.EventTimestamp) ?? text(entry.Created)
    const time = written === undefined ? Number.NaN : Date.parse(written)
    const code = text(entry.EntryCode)
    const direction = code === 'Assert' ? 'asserted' : code === 'Deassert' ? 'deasserted' : undefined
    const number = finite(entry.SensorNumber)
    return {
      id: /^\d{1,9}$/.test(id) ? Number(id) : index + 1,
      sensor: [text(entry.SensorType), number === undefined ? undefined : `#${number}`].filter(Boolean).join(' '),
      text: text(entry.Message) ?? text(entry.MessageId) ?? '',
      ...given({ time: Number.isNaN(time) ? undefined : new Date(time), direction }),
      severity: direction === 'deasserted' ? 'info' : (severities[text(entry.Severity) ?? ''] ?? 'info'),
      order: Number.isNaN(time) ? 0 : time,
    }
  })
  return found.sort((a, b) => a.order - b.order || a.id - b.id).map(({ order: _, ...event }) => event)
}
