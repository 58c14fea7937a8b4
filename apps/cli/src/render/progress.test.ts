import type { LaresEvent } from '@lares/core'
import { expect, test } from 'vitest'
import { plainStyle } from '../style.ts'
import { eventLine, type Running, runningLines, startLine, track } from './progress.ts'

const web = { at: 0, id: 'web', address: 'web' }

const events: LaresEvent[] = [
  { type: 'observe.started', at: 0, total: 1 },
  { type: 'observe.finished', at: 0, total: 1, ms: 3 },
  { ...web, type: 'action.started', action: 'replace' },
  { ...web, type: 'action.log', message: 'pulling nginx:1.27' },
  { ...web, type: 'action.retried', attempt: 2, reason: 'connection reset' },
  { ...web, type: 'action.waiting' },
  { ...web, type: 'action.finished', action: 'replace', ms: 64_200 },
  { ...web, type: 'action.started', id: 'web#old', action: 'delete' },
  { ...web, type: 'action.failed', id: 'web#old', action: 'delete', ms: 1_234, diagnostics: [] },
  { ...web, type: 'action.skipped', address: 'proxy', id: 'proxy', action: 'create', reason: '"web" was not done' },
]

test('every event that matters has a line', () => {
  const lines = events.flatMap((event) => eventLine(event, plainStyle) ?? startLine(event) ?? [])
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "       web replacing
           web: pulling nginx:1.27
        !  web tries again (2): connection reset
           web waits until it is ready
      -/+  web replaced 1m04s
           web (its former object) deleting
        !  web (its former object) failed 1.2s: for no reason that it gave
        .  proxy skipped: "web" was not done"
  `)
})

test('what runs is known at any moment, with its last word', () => {
  const running = new Map<string, Running>()
  const shown = events.map((event, i) => {
    track(running, event, i * 1000)
    return runningLines(running, i * 1000 + 500, 60, 24).join(' | ')
  })
  expect(shown).toMatchInlineSnapshot(`
    [
      "  ...  Reading 1 resource 0.5s",
      "",
      "  ...  web replacing 0.5s",
      "  ...  web replacing 1.5s  pulling nginx:1.27",
      "  ...  web replacing 2.5s  pulling nginx:1.27",
      "  ...  web waits until it is ready 3.5s  pulling nginx:1.27",
      "",
      "  ...  web (its former object) deleting 0.5s",
      "",
      "",
    ]
  `)
  expect(running.size).toBe(0)
})

test('lines fit the screen', () => {
  const running = new Map<string, Running>()
  for (let i = 0; i < 40; i++) {
    track(running, { ...web, type: 'action.started', id: `n${i}`, address: `n${i}`, action: 'create' }, 0)
    track(running, { ...web, type: 'action.log', id: `n${i}`, address: `n${i}`, message: 'x'.repeat(100) }, 0)
  }
  const lines = runningLines(running, 0, 50, 10)
  expect(lines).toHaveLength(7)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(50)
  expect(lines.at(-1)).toContain('and 34 more')
})
