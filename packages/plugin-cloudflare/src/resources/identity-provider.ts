import { defineResource, sensitive } from '@lares/core'
import * as z from 'zod'
import { cloudflareProvider } from '../provider.ts'
import { type Fields, isTree, writeFields } from './fields.ts'
import { idOf, nameInput, nameOf } from './names.ts'
import { type Kind, objectVerbs } from './objects.ts'

const text = z.string().optional()

/** What the kinds take, by the names of the API in camel case. https://developers.cloudflare.com/cloudflare-one/identity/idp-integration/ */
const config = z.strictObject({
  clientId: text,
  clientSecret: sensitive(z.string()).optional(),
  authUrl: text,
  tokenUrl: text,
  certsUrl: text,
  scopes: z.array(z.string()).optional(),
  claims: z.array(z.string()).optional(),
  emailClaimName: text,
  prompt: text,
  pkceEnabled: z.boolean().optional(),
  appsDomain: text.describe('google-apps: the domain of the Workspace'),
  directoryId: text.describe('azureAD: the tenant'),
  supportGroups: z.boolean().optional(),
  conditionalAccessEnabled: z.boolean().optional(),
  oktaAccount: text,
  authorizationServerId: text,
  oneloginAccount: text,
  pingEnvId: text,
  centrifyAccount: text,
  centrifyAppId: text,
  issuerUrl: text.describe('saml'),
  ssoTargetUrl: text.describe('saml'),
  idpPublicCerts: z.array(z.string()).optional(),
  attributes: z.array(z.string()).optional(),
  emailAttributeName: text,
  signRequest: z.boolean().optional(),
})

const inputs = z.object({
  name: nameInput,
  kind: z
    .enum([
      'onetimepin',
      'github',
      'google',
      'google-apps',
      'azureAD',
      'okta',
      'oidc',
      'saml',
      'facebook',
      'linkedin',
      'onelogin',
      'pingone',
      'centrify',
      'yandex',
    ])
    .describe('`onetimepin` sends a code by mail, and needs nothing else'),
  config: config.default({}),
})
type Inputs = z.output<typeof inputs>

const { clientSecret: _secret, ...shown } = config.shape
const attributes = z.object({
  id: z.string().describe('For a rule: `{ loginMethod: github.id }`'),
  name: z.string(),
  kind: z.string(),
  config: z.object(shown).optional(),
})

const fields: Fields = { name: {}, kind: { wire: 'type' }, config: {} }

const kind: Kind<Inputs> = {
  fields,
  collection: ({ identityProviders }) => identityProviders,
  keysOf: ({ name }) => [String(name)],
  // Cloudflare shows no secret again, and what it shows in its place must not be sent back.
  adds: ({ config: wanted }, before) => {
    const { client_secret: _, ...rest } = (before?.['config'] ?? {}) as Record<string, unknown>
    const { config: written } = writeFields(fields, { config: wanted })
    return { config: { ...rest, ...(isTree(written) ? written : {}) } }
  },
}

/** By what people log in. */
export const identityProvider = defineResource({
  type: 'cloudflare.identityProvider',
  description: 'By what people log in: a code by mail, GitHub, Google, any OpenID Connect or SAML.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  identity: nameOf,
  id: idOf,
  createFirst: idOf,
  replaceOn: ['kind'],
  predict: (wanted, owner) => ({ name: nameOf(wanted, owner), kind: wanted.kind }),
  ...objectVerbs<Inputs, z.output<typeof attributes>>(kind),
  inputsOf: ({ id: _, ...rest }) => rest as Partial<z.input<typeof inputs>>,
})
