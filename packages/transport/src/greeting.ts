import type { AskOptions, ExecResult, Host } from './host.ts'

/** What will be asked of every host right after it was opened. */
const texts = new Set<string>()
const answers = new WeakMap<Host, Map<string, Promise<ExecResult>>>()

/** Has a question asked of each other machine together with who it is, when its connection is opened: one round trip less. */
export const askWhenOpened = (text: string): void => void texts.add(text)

/** Asks what was registered. */
export function greet(host: Host, signal?: AbortSignal): void {
  if (host.local) return
  const asked = [...texts].map((text): [string, Promise<ExecResult>] => {
    const answer = host.ask(text, { signal })
    answer.catch(() => {})
    return [text, answer]
  })
  answers.set(host, new Map(asked))
}

/** The answer that came when the host was opened, the first time; later, and where that failed, it is asked again. */
export async function askOnce(host: Host, text: string, options?: AskOptions): Promise<ExecResult> {
  const answer = answers.get(host)?.get(text)
  answers.get(host)?.delete(text)
  return (await answer?.catch(() => undefined)) ?? (await host.ask(text, options))
}
