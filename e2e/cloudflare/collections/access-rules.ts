import { isIP, isIPv6 } from 'node:net'
import { z } from 'zod'
import type { View } from '../world.ts'
import { invalidRequest } from './access-errors.ts'

/** One rule of a policy or group, an object with one field that names its kind: `{ email: { email: '…' } }`. */
export type AccessRule = Record<string, Record<string, unknown>>

/** The rules of a policy or group. */
export interface AccessRules {
  include: AccessRule[]
  exclude: AccessRule[]
  require: AccessRule[]
}

const list = z.array(z.record(z.string(), z.record(z.string(), z.unknown())))

/** How rules stand in a request. `null` and nothing at all are no rules. */
export const ruleFields = {
  include: list.nullish().transform((rules) => rules ?? []),
  exclude: list.nullish().transform((rules) => rules ?? []),
  require: list.nullish().transform((rules) => rules ?? []),
}

/** The fields that a rule of each kind must have. */
const kinds: Record<string, readonly string[]> = {
  any_valid_service_token: [],
  auth_context: ['ac_id', 'id', 'identity_provider_id'],
  auth_method: ['auth_method'],
  azureAD: ['id', 'identity_provider_id'],
  certificate: [],
  common_name: ['common_name'],
  device_posture: ['integration_uid'],
  email: ['email'],
  email_domain: ['domain'],
  email_list: ['id'],
  everyone: [],
  external_evaluation: ['evaluate_url', 'keys_url'],
  geo: ['country_code'],
  'github-organization': ['name', 'identity_provider_id'],
  group: ['id'],
  gsuite: ['email', 'identity_provider_id'],
  ip: ['ip'],
  ip_list: ['id'],
  linked_app_token: ['app_uid'],
  login_method: ['id'],
  oidc: ['claim_name', 'claim_value', 'identity_provider_id'],
  okta: ['name', 'identity_provider_id'],
  saml: ['attribute_name', 'attribute_value'],
  service_token: ['token_id'],
  user_risk_score: ['user_risk_score'],
}

/** An address comes back as a network: `/32`, or `/128` (github.com/cloudflare/terraform-provider-cloudflare#6059). */
function asNetwork(ip: string): string {
  if (ip.includes('/')) return ip
  return `${ip}/${isIPv6(ip) ? 128 : 32}`
}

/** The rules as the API keeps them. Throws when one is of no known kind or points at what is not in the account. */
export function checkedRules(rules: AccessRules, account: string, view: View): AccessRules {
  const each = (rule: AccessRule) => checkedRule(rule, account, view)
  return { include: rules.include.map(each), exclude: rules.exclude.map(each), require: rules.require.map(each) }
}

function checkedRule(rule: AccessRule, account: string, view: View): AccessRule {
  const [[kind, value] = ['', {}], ...more] = Object.entries(rule)
  const needed = kinds[kind]
  if (needed === undefined || more.length > 0) throw invalidRequest(`unknown rule: ${Object.keys(rule).join(', ')}`)
  const missing = needed.find((field) => value[field] === undefined)
  if (missing !== undefined) throw invalidRequest(`${kind} rule: missing ${missing}`)
  const inAccount = (row: { account: string } | undefined) => row !== undefined && row.account === account
  const { id, token_id: token, ip } = value
  if (kind === 'group' && !inAccount(view.groups.get(String(id)))) throw invalidRequest('group not found')
  if (kind === 'login_method' && !inAccount(view.identityProviders.get(String(id)))) {
    throw invalidRequest('identity provider not found')
  }
  if (kind === 'service_token' && !inAccount(view.serviceTokens.get(String(token)))) {
    throw invalidRequest('service token not found')
  }
  if (kind === 'ip') {
    if (isIP(String(ip).split('/')[0] ?? '') === 0) throw invalidRequest(`invalid ip: ${ip}`)
    return { ip: { ip: asNetwork(String(ip)) } }
  }
  return rule
}

/** Whether one of the rules points at this group, service token or identity provider. */
export function mentions({ include, exclude, require }: AccessRules, id: string): boolean {
  return [...include, ...exclude, ...require].some((rule) =>
    Object.values(rule).some((value) => [value.id, value.token_id, value.identity_provider_id].includes(id)),
  )
}
