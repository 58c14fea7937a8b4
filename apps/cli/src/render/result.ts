import type { ApplyResult, Plan } from '@lares/core'
import type { Style } from '../style.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { renderOutputs } from './outputs.ts'
import { elapsed } from './values.ts'

/** How an apply ended: the count and the outputs as an answer; what went wrong, and what to do, beside it. */
export function renderResult(
  result: ApplyResult,
  plan: Plan,
  ms: number,
  styles: { style: Style; errStyle: Style },
): { out: string; err: string } {
  const { style, errStyle } = styles
  const { done, failed, skipped, unreachable, cancelled } = result
  const parts = [
    `${done} done`,
    ...(failed > 0 ? [style.error(`${failed} failed`)] : []),
    ...(skipped > 0 ? [style.warning(`${skipped} skipped`)] : []),
    ...(unreachable > 0 ? [style.warning(`${unreachable} did not answer`)] : []),
  ]
  const word = cancelled
    ? style.warning('Stopped:')
    : failed > 0
      ? style.error('Not finished:')
      : style.good('Finished:')
  const masked = Object.fromEntries(
    Object.entries(result.outputs).map(([name, value]) => [name, plan.outputs[name]?.secret ? '(secret)' : value]),
  )
  const outputs =
    Object.keys(masked).length === 0 ? '' : `\n${style.strong('Outputs')}\n${renderOutputs(masked, style)}`
  const out = `\n${word} ${parts.join(', ')} ${style.faint(`in ${elapsed(ms)}`)}.\n${outputs}`
  const told = result.diagnostics.length > 0 ? `\n${renderDiagnostics(result.diagnostics, errStyle)}` : ''
  const next = nextSteps(result, plan)
  return { out, err: next === undefined ? told : `${told}\n→ ${next}\n` }
}

function nextSteps({ failed, cancelled, unreachable }: ApplyResult, plan: Plan): string | undefined {
  const again = `"lares ${plan.mode}"`
  if (cancelled) return `What was done is recorded. ${again} goes on from there.`
  if (failed > 0) return `What was done is recorded. Mend what failed, and ${again} goes on from there.`
  if (unreachable > 0) return `When it answers again, ${again} does the rest; "lares doctor" shows what is reachable.`
  if (plan.nodes.some(({ blocked }) => blocked && blocked !== 'stopped'))
    return `Why something was left alone stands above. When that is mended, ${again} does the rest.`
  return undefined
}
