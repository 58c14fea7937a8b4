import { type ApplyResult, fail, type Plan } from '@lares/core'
import { exit, type Invocation } from './command.ts'
import { writeEvent } from './json.ts'
import type { Planning } from './planning.ts'
import { renderPlan, wouldDo } from './render/plan.ts'
import { renderResult } from './render/result.ts'

interface Consent {
  /** Nothing is asked. */
  yes: boolean
  /** `Apply this plan?` */
  question: string
  /** How to say yes without a terminal. */
  advice: string
}

/** Shows the plan, asks, applies, and tells how it ended. Resolves with the exit code. */
export async function applyPlan(
  { planned, progress, stop }: Planning,
  { terminal, json }: Pick<Invocation, 'terminal' | 'json'>,
  consent: Consent,
): Promise<number> {
  const { plan } = planned
  if (!json) terminal.out(renderPlan(plan, terminal.style))
  if (!wouldDo(plan)) return finish(isPartial(plan) ? exit.partly : exit.done)
  if (!consent.yes) {
    if (!terminal.interactive) {
      fail({
        code: 'consent_needed',
        summary: 'Nothing was done: there is nobody to ask',
        advice: consent.advice,
      })
    }
    const answer = await terminal.ask(`\n${terminal.errStyle.strong(consent.question)} Type yes: `, stop)
    if (answer?.trim().toLowerCase() !== 'yes') {
      terminal.err('Nothing was done.\n')
      return finish(exit.failed)
    }
  }
  const begun = Date.now()
  const result = await planned.apply()
  progress.stop()
  if (!json) {
    const rendered = renderResult(result, plan, Date.now() - begun, terminal)
    terminal.out(rendered.out)
    terminal.err(rendered.err)
  }
  return finish(codeOf(result, plan))

  function finish(exitCode: number): number {
    if (json) writeEvent(terminal, { type: 'command.finished', exitCode })
    return exitCode
  }
}

const isPartial = (plan: Plan): boolean => plan.nodes.some(({ blocked }) => blocked)

function codeOf(result: ApplyResult, plan: Plan): number {
  if (result.failed > 0 || result.cancelled) return exit.failed
  return result.unreachable > 0 || isPartial(plan) ? exit.partly : exit.done
}
