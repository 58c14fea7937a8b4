import { canonical } from '@lares/core'
import * as z from 'zod'

const identityProvider = z.string().describe('Id of the identity provider that says so')

/** One kind of rule: what it takes, the API's name for it, and the API's name for each of its fields. */
interface Kind {
  schema: z.ZodType
  wire: string
  /** The field that holds the value; or for each key of the value its field. Without it the rule holds nothing. */
  field?: string | Readonly<Record<string, string>>
}

const text = (wire: string, field: string, about: string): Kind => ({ schema: z.string().describe(about), wire, field })
const flag = (wire: string, about: string): Kind => ({ schema: z.literal(true).describe(about), wire })

/** Rules of Access by our names. https://developers.cloudflare.com/cloudflare-one/policies/access/#selectors */
const kinds = {
  email: text('email', 'email', 'One person'),
  emailDomain: text('email_domain', 'domain', 'Everybody with an address of that domain'),
  emailList: text('email_list', 'id', 'Everybody on that list; its id'),
  everyone: flag('everyone', 'Everybody'),
  group: text('group', 'id', 'Everybody in that Access group; its id'),
  ip: text('ip', 'ip', 'From that address or network: `192.0.2.0/24`'),
  ipList: text('ip_list', 'id', 'From addresses on that list; its id'),
  country: text('geo', 'country_code', 'From that country: `DE`'),
  serviceToken: text('service_token', 'token_id', 'Whoever has that service token; its id'),
  anyValidServiceToken: flag('any_valid_service_token', 'Whoever has a service token'),
  certificate: flag('certificate', 'Whoever has a valid client certificate'),
  commonName: text('common_name', 'common_name', 'Whoever has a client certificate of that common name'),
  loginMethod: text('login_method', 'id', 'Whoever logged in by that identity provider; its id'),
  authenticationMethod: text('auth_method', 'auth_method', 'Whoever logged in in that way: `mfa`, `hwk` (RFC 8176)'),
  devicePosture: text('device_posture', 'integration_uid', 'Devices that pass that posture check; its id'),
  linkedApplication: text('linked_app_token', 'app_uid', 'Whoever was let into that other application; its id'),
  githubOrganization: {
    schema: z.strictObject({ identityProvider, name: z.string(), team: z.string().optional() }),
    wire: 'github-organization',
    field: { identityProvider: 'identity_provider_id', name: 'name', team: 'team' },
  },
  googleGroup: {
    schema: z.strictObject({ identityProvider, email: z.string() }),
    wire: 'gsuite',
    field: { identityProvider: 'identity_provider_id', email: 'email' },
  },
  azureGroup: {
    schema: z.strictObject({ identityProvider, id: z.string() }),
    wire: 'azureAD',
    field: { identityProvider: 'identity_provider_id', id: 'id' },
  },
  oktaGroup: {
    schema: z.strictObject({ identityProvider, name: z.string() }),
    wire: 'okta',
    field: { identityProvider: 'identity_provider_id', name: 'name' },
  },
  saml: {
    schema: z.strictObject({ identityProvider, attribute: z.string(), value: z.string() }),
    wire: 'saml',
    field: { identityProvider: 'identity_provider_id', attribute: 'attribute_name', value: 'attribute_value' },
  },
  oidc: {
    schema: z.strictObject({ identityProvider, claim: z.string(), value: z.string() }),
    wire: 'oidc',
    field: { identityProvider: 'identity_provider_id', claim: 'claim_name', value: 'claim_value' },
  },
  externalEvaluation: {
    schema: z.strictObject({ url: z.url(), keysUrl: z.url() }),
    wire: 'external_evaluation',
    field: { url: 'evaluate_url', keysUrl: 'keys_url' },
  },
  userRiskScore: {
    schema: z.array(z.enum(['low', 'medium', 'high', 'unscored'])).describe('Users of that risk'),
    wire: 'user_risk_score',
    field: 'user_risk_score',
  },
} satisfies Record<string, Kind>

type Kinds = typeof kinds
type Name = keyof Kinds

const shape = Object.fromEntries(Object.entries(kinds).map(([name, { schema }]) => [name, schema.optional()])) as {
  [N in Name]: z.ZodOptional<Kinds[N]['schema']>
}

/** Whom a rule means: exactly one of its keys. */
export const ruleSchema = z
  .strictObject({
    ...shape,
    raw: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('A rule of a kind that has no name here, as the API has it'),
  })
  .refine((rule) => Object.values(rule).filter((value) => value !== undefined).length === 1, {
    message: 'A rule names exactly one thing, such as { email: "ann@example.org" }',
  })
export type Rule = z.output<typeof ruleSchema>

export type WireRule = Readonly<Record<string, unknown>>

/** As the API takes it. */
export function wireRule(rule: Rule): WireRule {
  const [name, value] = Object.entries(rule).find(([, value]) => value !== undefined) ?? []
  if (name === undefined || name === 'raw') return (value ?? {}) as WireRule
  const { wire, field } = kinds[name as Name] as Kind
  if (field === undefined) return { [wire]: {} }
  if (typeof field === 'string') return { [wire]: { [field]: name === 'ip' ? network(String(value)) : value } }
  const entries = Object.entries(field).map(([key, wireKey]) => [wireKey, (value as Record<string, unknown>)[key]])
  return { [wire]: Object.fromEntries(entries.filter(([, each]) => each !== undefined)) }
}

/** The inverse. What the API adds to a rule, such as the name of a group, is left out. */
export function parseRule(wire: WireRule): Rule {
  const [key = '', body] = Object.entries(wire)[0] ?? []
  const found = Object.entries(kinds).find(([, kind]) => kind.wire === key) as [Name, Kind] | undefined
  if (!found) return { raw: wire }
  const [name, { field }] = found
  const fields = (body ?? {}) as Record<string, unknown>
  if (field === undefined) return { [name]: true }
  if (typeof field === 'string') return field in fields ? { [name]: fields[field] } : { raw: wire }
  const entries = Object.entries(field).map(([ours, theirs]) => [ours, fields[theirs]])
  return {
    [name]: Object.fromEntries(entries.filter(([, each]) => each !== undefined && each !== '' && each !== null)),
  }
}

/** The same text for rules that mean the same: an address alone is a network of one, names of mailboxes have no case. */
export function ruleKey(rule: Rule): string {
  const text = canonical(wireRule(rule))
  return rule.email !== undefined || rule.emailDomain !== undefined ? text.toLowerCase() : text
}

/** An address alone, as the network that the API makes of it. */
const network = (address: string): string =>
  address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`
