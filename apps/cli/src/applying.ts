import { type ApplyResult, fail, type Plan } from '@lares/core'
import { exit, type Shown } from './command.ts'
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
export async function applyPlan(planning: Planning, invocation: Shown, consent: Consent): Promise<number> {
  const { terminal, json } = invocation
  const { plan } = planning.planned
  if (!json) terminal.out(renderPlan(plan, terminal.style))
  const changes = wouldDo(plan)
  const exitCode =
    !changes || consent.yes || (await agreed(planning, invocation, consent))
      ? await carryOut(planning, invocation, { quiet: !changes })
      : exit.failed
  if (json) writeEvent(terminal, { type: 'command.finished', exitCode })
  return exitCode
}

async function agreed({ interrupt }: Planning, { terminal }: Shown, { question, advice }: Consent): Promise<boolean> {
  if (!terminal.interactive) {
    fail({ code: 'consent_needed', summary: 'Nothing was done: there is nobody to ask', advice })
  }
  const answer = await terminal.ask(`\n${terminal.errStyle.strong(question)} Type yes: `, interrupt.stop)
  if (answer?.trim().toLowerCase() === 'yes') return true
  terminal.err('Nothing was done.\n')
  return false
}

/** A plan without changes is carried out, too: it records what was found to be so already. */
async function carryOut(planning: Planning, { terminal, json }: Shown, { quiet }: { quiet: boolean }): Promise<number> {
  const { planned, progress, interrupt } = planning
  interrupt.stop.throwIfAborted()
  interrupt.begin()
  const begun = Date.now()
  const result = await planned.apply()
  progress.stop()
  if (!json && (!quiet || result.failed > 0)) {
    const rendered = renderResult(result, planned.plan, Date.now() - begun, terminal)
    terminal.out(rendered.out)
    terminal.err(rendered.err)
  }
  return codeOf(result, planned.plan)
}

const isPartial = (plan: Plan): boolean => plan.nodes.some(({ blocked }) => blocked && blocked !== 'stopped')

function codeOf(result: ApplyResult, plan: Plan): number {
  if (result.failed > 0 || result.cancelled) return exit.failed
  return result.unreachable > 0 || isPartial(plan) ? exit.partly : exit.done
}
