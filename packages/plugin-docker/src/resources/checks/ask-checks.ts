import { fail } from '@lares/core'
import { type Failure, untilGood } from '@lares/transport'
import type { DockerConnection } from '../../provider.ts'
import { lastLines } from '../container/last-lines.ts'
import { type NumberedCheck, probeOf } from './probe.ts'

export interface Asking {
  connection: DockerConnection
  signal: AbortSignal
  log(message: string): void
  /** The container that they are about; none where they are about a whole project. */
  id?: string
  /** How long what is asked has been running, as far as that counts for `for`. */
  steadyMs?: number
  /** Rejects when waiting is of no use any more. */
  hopeful?(signal: AbortSignal): Promise<void>
  advice?: string
}

/**
 * Asks until all checks are good.
 * @throws LaresError `check_failed` with what was expected and found, and what the container said last
 */
export async function askChecks(checks: readonly NumberedCheck[], asking: Asking): Promise<void> {
  if (checks.length === 0) return
  const { connection, signal, log, id, hopeful, advice } = asking
  const failures = await untilGood(
    checks.map((check) => probeOf(connection, check, asking)),
    {
      signal,
      hopeful,
      onBad: ({ name }, findings) => log(`waiting for ${name}: ${findings.find(({ good }) => !good)!.words}`),
    },
  )
  if (failures.length === 0) return
  const said = id === undefined ? '' : await lastLines(connection.containers, id, signal)
  fail({
    code: 'check_failed',
    summary: failures.map(summaryOf).join('; '),
    detail: [...failures.flatMap(detailOf), said].filter(Boolean).join('\n'),
    ...(advice === undefined ? {} : { advice }),
  })
}

function summaryOf({ name, findings, waitedMs, wasGoodMs }: Failure): string {
  const bad = findings.filter(({ good }) => !good).map(({ words }) => words.split('\n')[0])
  const since = wasGoodMs === undefined ? '' : `, though it had been for ${seconds(wasGoodMs)}`
  return `${name} is not good after ${seconds(waitedMs)}${since}: ${bad.join(', ')}`
}

/** Where there is more than the summary says. */
const detailOf = ({ name, findings }: Failure): string[] =>
  findings.length === 1 && !findings[0]!.words.includes('\n') ? [] : findings.map(({ words }) => `${name}: ${words}`)

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`
