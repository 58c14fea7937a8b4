import type { EventListener } from '@lares/core'
import { writeEvent } from './json.ts'
import { eventLine, type Running, runningLines, startLine, track } from './render/progress.ts'
import type { Terminal } from './terminal.ts'

/** Shows a run while it goes. */
export interface Progress {
  listen: EventListener
  /** A line about the run as a whole. */
  note(text: string): void
  /** Takes the running lines off the screen. */
  stop(): void
}

const REDRAW_MS = 100

export function showProgress(terminal: Terminal, json: boolean): Progress {
  if (json) return { listen: (event) => writeEvent(terminal, event), note: () => {}, stop: () => {} }
  return terminal.live ? liveProgress(terminal) : plainProgress(terminal)
}

function plainProgress(terminal: Terminal): Progress {
  const say = (line: string | undefined) => line !== undefined && terminal.err(`${line}\n`)
  return {
    listen: (event) => void say(eventLine(event, terminal.errStyle) ?? startLine(event)),
    note: (text) => void say(text),
    stop: () => {},
  }
}

/** Finished lines scroll; below them stands what is running, redrawn in place. */
function liveProgress(terminal: Terminal): Progress {
  const running = new Map<string, Running>()
  let drawn = 0
  let timer: NodeJS.Timeout | undefined

  const draw = (scrolled = '') => {
    const lines = runningLines(running, Date.now(), terminal.columns, terminal.rows)
    const erase = drawn > 0 ? `\x1b[${drawn}A\x1b[J` : ''
    const below = lines.map((line) => `${terminal.errStyle.faint(line)}\n`).join('')
    if (erase !== '' || scrolled !== '' || below !== '') terminal.err(erase + scrolled + below)
    drawn = lines.length
  }
  const pace = () => {
    if (running.size === 0) {
      clearInterval(timer)
      timer = undefined
    } else timer ??= setInterval(() => draw(), REDRAW_MS).unref()
  }
  return {
    listen(event) {
      track(running, event, Date.now())
      const line = eventLine(event, terminal.errStyle)
      if (line !== undefined || running.size !== drawn) draw(line === undefined ? '' : `${line}\n`)
      pace()
    },
    note: (text) => draw(`${terminal.errStyle.strong(text)}\n`),
    stop() {
      running.clear()
      draw()
      pace()
    },
  }
}
