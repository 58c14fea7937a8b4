import { canonical, defineResource, fail } from '@lares/core'
import * as z from 'zod'
import type { Item } from '../client/index.ts'
import { cloudflareProvider } from '../provider.ts'
import { policyFields, policyInputs, session } from './access-policy.ts'
import { type Field, type Fields, isBlank, readFields, writeFields } from './fields.ts'
import { nameInput, nameOf } from './names.ts'
import { type Kind, objectVerbs } from './objects.ts'

const hostname = z
  .string()
  .regex(/^(?!https?:)[^\s]+$/, 'Expected a host name, perhaps with a path: photos.example.org/albums')

const ownPolicy = z.strictObject({ name: z.string().min(1), ...policyInputs })

const cors = z.strictObject({
  allowAllHeaders: z.boolean().optional(),
  allowAllMethods: z.boolean().optional(),
  allowAllOrigins: z.boolean().optional(),
  allowCredentials: z.boolean().optional(),
  allowedHeaders: z.array(z.string()).optional(),
  allowedMethods: z.array(z.string()).optional(),
  allowedOrigins: z.array(z.string()).optional(),
  maxAge: z.number().int().min(-1).max(86_400).optional(),
})

const inputs = z
  .object({
    name: nameInput,
    kind: z
      .enum(['self_hosted', 'ssh', 'vnc', 'bookmark', 'app_launcher', 'warp'])
      .default('self_hosted')
      .describe('What is behind it; `ssh` and `vnc` are shown in the browser'),
    domain: hostname
      .optional()
      .describe('What it protects, in a zone of the account: `photos.example.org`, `*.example.org`'),
    destinations: z
      .array(hostname)
      .optional()
      .describe('Further names that it protects; `domain` is the first of them'),
    policies: z
      .array(z.union([z.string(), ownPolicy]))
      .optional()
      .describe(
        'Who may enter: ids of shared policies (`family.id`), or policies of its own. The first that fits decides; without any nobody may',
      ),
    sessionDuration: session.optional().describe('For how long who was let in stays so; 24h when absent'),
    allowedIdentityProviders: z
      .array(z.string())
      .optional()
      .describe('Ids of the identity providers by which one can log in; all when absent'),
    autoRedirectToIdentity: z.boolean().optional().describe('Goes to the one identity provider without asking'),
    appLauncherVisible: z.boolean().optional().describe('Is shown among the applications that one may enter'),
    logoUrl: z.url().optional().describe('The picture that stands for it there'),
    tags: z.array(z.string()).optional(),
    customDenyMessage: z.string().optional().describe('What is said to whoever may not enter'),
    customDenyUrl: z.url().optional().describe('Where whoever may not enter is sent to'),
    customNonIdentityDenyUrl: z.url().optional().describe('The same for who shows no identity'),
    customPages: z.array(z.string()).optional().describe('Ids of pages of your own in their place'),
    corsHeaders: cors.optional(),
    enableBindingCookie: z.boolean().optional(),
    httpOnlyCookieAttribute: z.boolean().optional(),
    sameSiteCookieAttribute: z.enum(['none', 'lax', 'strict']).optional(),
    pathCookieAttribute: z.boolean().optional(),
    serviceAuth401Redirect: z.boolean().optional().describe('Answers service tokens with 401 in place of a redirect'),
    skipInterstitial: z.boolean().optional().describe('Goes on without a page in between'),
    optionsPreflightBypass: z
      .boolean()
      .optional()
      .describe('The service itself answers CORS preflights, which nobody is asked for'),
    allowAuthenticateViaWarp: z.boolean().optional(),
    allowIframe: z.boolean().optional(),
    readServiceTokensFromHeader: z.string().optional(),
  })
  .refine(({ kind, domain }) => domain !== undefined || kind === 'app_launcher' || kind === 'warp', {
    path: ['domain'],
    message: 'An application needs the host name that it protects',
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  id: z.string(),
  audience: z.string().optional().describe('The AUD tag, by which the service can check who is let in'),
  ...Object.fromEntries(Object.keys(inputs.shape).map((name) => [name, z.unknown().optional()])),
  name: z.string(),
  kind: z.string(),
  domain: z.string().optional(),
  policies: z.array(z.unknown()),
})
type Attributes = z.output<typeof attributes>

type WirePolicy = Item & { reusable?: boolean; precedence?: number }

const ownKey = (policy: Readonly<Record<string, unknown>>): string => {
  const entries = Object.entries({ decision: 'allow', ...policy }).flatMap(([name, value]): [string, unknown][] => {
    const member = policyFields[name]?.member
    if (isBlank(value)) return []
    return [[name, member && Array.isArray(value) ? value.map((each) => member(each as never)).sort() : value]]
  })
  return canonical(Object.fromEntries(entries))
}

const policiesField: Field = {
  read: (policies: readonly WirePolicy[]) =>
    policies
      .toSorted((a, b) => (a.precedence ?? 0) - (b.precedence ?? 0))
      .map((policy) => (policy.reusable ? policy.id : readFields(policyFields, policy))),
  member: (policy: string | Readonly<Record<string, unknown>>) =>
    typeof policy === 'string' ? policy : ownKey(policy),
  ordered: true,
}

/** As a body takes them, in their order. One of its own that is there already is changed, so that it keeps its id. */
function wirePolicies(policies: Inputs['policies'] = [], before?: Item): Record<string, unknown>[] {
  const there = (before?.['policies'] ?? []) as readonly WirePolicy[]
  return policies.map((policy, i) => {
    const precedence = i + 1
    if (typeof policy === 'string') return { id: policy, precedence }
    const same = there.find(({ name, reusable }) => !reusable && name === policy.name)
    return { ...(same ? { id: same.id } : {}), ...writeFields(policyFields, policy), precedence }
  })
}

const idsOf = (item?: Item): string[] => ((item?.['policies'] ?? []) as readonly WirePolicy[]).map(({ id }) => id)

type Destination = { type?: string; uri?: string }

const fields: Fields = {
  ...Object.fromEntries(Object.keys(inputs.shape).map((name) => [name, {}])),
  kind: { wire: 'type' },
  allowedIdentityProviders: { wire: 'allowed_idps', member: String },
  tags: { member: String },
  customPages: { member: String },
  serviceAuth401Redirect: { wire: 'service_auth_401_redirect' },
  policies: policiesField,
  destinations: {
    member: String,
    read: (destinations: readonly Destination[]) => destinations.flatMap(({ uri }) => uri ?? []),
  },
}

const kind: Kind<Inputs> = {
  fields,
  collection: ({ applications }) => applications,
  keysOf: (item) => [String(item['domain'] || item['name'])],
  keyOfRecorded: ({ domain, name }: Attributes) => domain ?? name,
  tells: ({ aud, policies, domain, destinations }) => ({
    ...(aud ? { audience: aud } : {}),
    ...(isBlank(policies) ? { policies: [] } : {}),
    // The API counts the name of the application among them.
    ...(destinations === undefined
      ? {}
      : {
          destinations: (destinations as Destination[]).flatMap(({ uri }) =>
            uri === undefined || uri === domain ? [] : uri,
          ),
        }),
  }),
  adds: ({ policies, domain, destinations }, before, changed) => {
    const kept = policies === undefined && !changed?.has('policies') ? idsOf(before) : policies
    return {
      policies: wirePolicies(kept, before),
      ...(destinations ? { destinations: [domain, ...destinations].map((uri) => ({ type: 'public', uri })) } : {}),
    }
  },
  // What names its hosts is said by `destinations`.
  readOnly: ['aud', 'self_hosted_domains', 'app_launcher_url'],
}

const verbs = objectVerbs<Inputs, Attributes>(kind)

/** An application in front of a host name: without one of its policies nobody gets in. */
export const accessApplication = defineResource({
  type: 'cloudflare.accessApplication',
  description: 'A host name, and the policies that say who may enter.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  identity: (wanted, owner) => wanted.domain ?? nameOf(wanted, owner),
  createFirst: true,
  predict: ({ domain, ...wanted }, owner) => ({
    name: nameOf(wanted, owner),
    ...(domain === undefined ? {} : { domain }),
  }),
  ...verbs,
  diff(context) {
    const changes = verbs.diff(context)
    const { desired, observed } = context
    if (!changes.some(({ path }) => path === 'kind')) return changes
    return fail({
      code: 'unsupported',
      summary: `The application of ${observed.domain ?? observed.name} is ${observed.kind}, and cannot become ${desired.kind}`,
      detail:
        'Cloudflare keeps the kind, and allows no second application of one host name: between the two nobody would be asked who they are.',
      advice: 'Take down what is behind the host name first: remove the resource, apply, and declare it again.',
    })
  },
  inputsOf: ({ id: _id, audience: _audience, ...rest }) => rest as Partial<z.input<typeof inputs>>,
})
