export type { Access, ServiceTokens } from './access.ts'
export { type Ask, LIMITS } from './calls.ts'
export type { Body, Collection, Item } from './collection.ts'
export { type Cloudflare, type ConnectOptions, connectCloudflare, DEFAULT_URL } from './connect.ts'
export { CloudflareError, type CloudflareErrorCode, isCloudflareError } from './error.ts'
export {
  catches,
  type IngressRule,
  isCatchAll,
  NOT_FOUND,
  placeRule,
  ruleName,
  shadows,
  splitIngress,
  withoutBlanks,
} from './ingress.ts'
export { type ApiToken, missingPermissions, PERMISSIONS } from './permissions.ts'
export { parseRule, type Rule, ruleKey, ruleSchema, type WireRule, wireRule } from './rules.ts'
export type { TunnelConfiguration, Tunnels } from './tunnels.ts'
export type { Zone, Zones } from './zones.ts'
