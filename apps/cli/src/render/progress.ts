import type { Action, LaresEvent } from '@lares/core'
import type { Style } from '../style.ts'
import { symbols, toned } from './node.ts'
import { elapsed } from './values.ts'

const doing: Record<Action, string> = {
  create: 'creating',
  update: 'updating',
  replace: 'replacing',
  delete: 'deleting',
  keep: 'keeping',
  adopt: 'taking over',
  forget: 'forgetting',
  stop: 'stopping',
  start: 'starting',
  none: 'looking at',
}

const doneWords: Record<Action, string> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  keep: 'kept',
  adopt: 'taken over',
  forget: 'forgotten',
  stop: 'stopped',
  start: 'started',
  none: 'is as declared',
}

const name = ({ id, address }: { id: string; address: string }): string =>
  id === address ? address : `${address} (its former object)`

/** What an event has to say in one line that stays, or undefined. */
export function eventLine(event: LaresEvent, style: Style): string | undefined {
  switch (event.type) {
    case 'action.finished': {
      const symbol = toned(event.action, symbols[event.action].padStart(5), style)
      return `${symbol}  ${name(event)} ${doneWords[event.action]} ${style.faint(elapsed(event.ms))}`
    }
    case 'action.failed': {
      const why = event.diagnostics[0]?.summary ?? 'for no reason that it gave'
      return `${style.error('    !')}  ${name(event)} failed ${style.faint(elapsed(event.ms))}: ${why}`
    }
    case 'action.skipped':
      return `${style.faint('    .')}  ${name(event)} skipped: ${event.reason}`
    case 'action.retried':
      return `${style.warning('    !')}  ${name(event)} tries again (${event.attempt}): ${event.reason}`
    case 'connection.failed':
      return `${style.warning('    !')}  ${event.diagnostic.summary}`
    default:
      return undefined
  }
}

/** A line for what begins or goes on; shown where lines cannot be redrawn. */
export function startLine(event: LaresEvent): string | undefined {
  switch (event.type) {
    case 'action.started':
      return event.action === 'none' ? undefined : `       ${name(event)} ${doing[event.action]}`
    case 'action.log':
      return `       ${name(event)}: ${event.message}`
    case 'observe.log':
      return `       ${event.address}: ${event.message}`
    case 'action.waiting':
      return `       ${name(event)} waits until it is ready`
    default:
      return undefined
  }
}

/** What is running now: a line each, in the order in which it began. */
export interface Running {
  label: string
  since: number
  message?: string
}

/** Keeps `running` in step with the events. */
export function track(running: Map<string, Running>, event: LaresEvent, now: number): void {
  switch (event.type) {
    case 'observe.started':
      running.set('', { label: `Reading ${event.total} ${event.total === 1 ? 'resource' : 'resources'}`, since: now })
      break
    case 'observe.log':
      amend(running, '', { message: `${event.address}: ${event.message}` })
      break
    case 'observe.finished':
      running.delete('')
      break
    case 'action.started':
      running.set(event.id, { label: `${name(event)} ${doing[event.action]}`, since: now })
      break
    case 'action.log':
      amend(running, event.id, { message: event.message })
      break
    case 'action.waiting':
      amend(running, event.id, { label: `${name(event)} waits until it is ready` })
      break
    case 'action.finished':
    case 'action.failed':
    case 'action.skipped':
      running.delete(event.id)
  }
}

function amend(running: Map<string, Running>, id: string, more: Partial<Running>): void {
  const known = running.get(id)
  if (known) running.set(id, { ...known, ...more })
}

/** The lines of what is running, cut to the screen. */
export function runningLines(
  running: ReadonlyMap<string, Running>,
  now: number,
  columns: number,
  rows: number,
): string[] {
  const all = [...running.values()].map(({ label, since, message }) => {
    const line = `  ...  ${label} ${elapsed(now - since)}${message === undefined ? '' : `  ${message}`}`
    return line.length < columns ? line : `${line.slice(0, columns - 2)}…`
  })
  const room = Math.max(1, rows - 3)
  return all.length <= room ? all : [...all.slice(0, room - 1), `       and ${all.length - room + 1} more`]
}
