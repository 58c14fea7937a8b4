import type { Claim } from '@lares/core'
import { identityOf } from './state.ts'

/** What an agent of a host claims, and what is on the host itself needs of the one that its packages brought. */
export const agentClaim = (container?: string): Claim => ({
  kind: 'Netdata agent',
  scope: 'connection',
  key: identityOf({ container }),
})

export const needsAgent = (): Claim[] => [agentClaim()]
