import { suggest } from '@lares/core'
import type { Misuse } from './arguments.ts'
import type { Shown } from './command.ts'
import { tellDiagnostics } from './tell.ts'

/** Tells what is wrong with the arguments of `about`, and what was probably meant. */
export function tellMisuse(misuse: Misuse, about: string, { terminal, json }: Shown): void {
  const [summary, hint] = 'wrong' in misuse ? [misuse.wrong, misuse.advice] : unknownWord(misuse, about)
  const advice = [hint, `"${about} --help" shows what there is.`].filter(Boolean).join(' ')
  tellDiagnostics([{ severity: 'error', code: 'usage', summary, advice }], terminal, json)
}

function unknownWord({ unknown, known }: Extract<Misuse, { unknown: string }>, about: string) {
  const near = suggest(unknown, known)
  const kind = unknown.startsWith('-') ? 'option' : 'command'
  return [`${about} has no ${kind} "${unknown}"`, near === undefined ? undefined : `Did you mean "${near}"?`] as const
}
