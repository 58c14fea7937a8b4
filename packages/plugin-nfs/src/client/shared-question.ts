import type { Host } from '@lares/transport'

/** Asks a host once for all that ask the same at the same time; `about` tells one question from another. */
export function sharedQuestion<Answer>(
  ask: (host: Host, signal: AbortSignal, about: string) => Promise<Answer>,
): (host: Host, signal: AbortSignal, about?: string) => Promise<Answer> {
  const asked = new WeakMap<Host, Map<string, Promise<Answer>>>()
  return (host, signal, about = '') => {
    const open = asked.get(host) ?? new Map<string, Promise<Answer>>()
    asked.set(host, open)
    const answer = open.get(about) ?? ask(host, signal, about).finally(() => open.delete(about))
    open.set(about, answer)
    return answer
  }
}
