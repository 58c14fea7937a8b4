/** Asks an agent once for all that ask the same at the same time. */
export function sharedQuestion<Agent extends object, Answer>(
  ask: (agent: Agent, signal: AbortSignal) => Promise<Answer>,
): (agent: Agent, signal: AbortSignal) => Promise<Answer> {
  const asked = new WeakMap<Agent, Promise<Answer>>()
  return (agent, signal) => {
    const answer = asked.get(agent) ?? ask(agent, signal).finally(() => asked.delete(agent))
    asked.set(agent, answer)
    return answer
  }
}
