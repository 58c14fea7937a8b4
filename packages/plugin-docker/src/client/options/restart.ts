import type { HostConfig } from '../wire.ts'

export const canonicalRestart = (restart: string): string => (restart === 'on-failure:0' ? 'on-failure' : restart)

export function restartToEngine(restart: string): NonNullable<HostConfig['RestartPolicy']> {
  const [name = 'no', retries] = restart.split(':')
  return { Name: name, ...(retries !== undefined && { MaximumRetryCount: Number(retries) }) }
}

/** An empty name is `no`. */
export function restartFromEngine(policy: HostConfig['RestartPolicy']): string {
  const retries = policy?.MaximumRetryCount ? `:${policy.MaximumRetryCount}` : ''
  return policy?.Name ? policy.Name + retries : 'no'
}
