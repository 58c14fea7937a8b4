import type { Json } from './envelope.ts'

/** Where the stand-in follows something newer than the description of 2024, or the description doesn't fit its own API. */
interface Amendment {
  why: string
  /** Keys from the root of the description. */
  at: string[]
  /** Fields that the object there gets, or elements that the list there gets. */
  add: Json | Json[]
}

/** Successful requests on paths that the description doesn't have are left to the tests. */
export const undescribed = [
  /^\/user\/tokens\/[0-9a-f]{32}$/,
  /^\/accounts\/[^/]+\/tokens\//,
  /^\/zones\/[^/]+\/dns_records\/batch$/,
  /^\/accounts\/[^/]+\/access\/apps\/[^/]+\/policies\/[^/]+\/make_reusable$/,
]

const string = { type: 'string' }
const boolean = { type: 'boolean' }
const integer = { type: 'integer' }
const moment = { type: 'string', format: 'date-time' }
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const orNull = (schema: Json) => ({ ...schema, nullable: true })
const list = (items: Json) => ({ type: 'array', items })
const object = (properties: Json, required = Object.keys(properties)) => ({ type: 'object', properties, required })

const fields = (why: string, name: string, add: Json): Amendment => ({
  why,
  at: ['components', 'schemas', name, 'properties'],
  add,
})
const whole = (why: string, name: string, add: Json): Amendment => ({ why, at: ['components', 'schemas', name], add })

const query = (path: string, ...parameters: (readonly [name: string, schema: Json])[]): Amendment => ({
  why: "the SDK's list parameters",
  at: ['paths', path, 'get', 'parameters'],
  add: parameters.map(([name, schema]) => ({ in: 'query', name, schema })),
})

const access = '/accounts/{account_id}/access'
const tunnel = '/accounts/{account_id}/cfd_tunnel/{tunnel_id}'
const pages = [
  ['page', { type: 'integer', minimum: 1 }],
  ['per_page', { type: 'integer', minimum: 1, maximum: 1000 }],
] as const

const lists: Amendment[] = [
  query(
    `${access}/apps`,
    ...pages,
    ['name', string],
    ['domain', string],
    ['aud', string],
    ['search', string],
    ['exact', boolean],
  ),
  query(`${access}/apps/{app_id}/policies`, ...pages),
  query(`${access}/policies`, ...pages),
  query(`${access}/groups`, ...pages, ['name', string], ['search', string]),
  query(`${access}/service_tokens`, ...pages, ['name', string], ['search', string]),
  query(`${access}/identity_providers`, ...pages, ['scim_enabled', string]),
  query(`${access}/tags`, ...pages),
  query(`${tunnel}/connections`, ...pages),
  query(
    '/zones/{zone_id}/dns_records',
    ...['name', 'content'].flatMap((field) =>
      ['exact', 'contains', 'startswith', 'endswith'].map((comparison) => [`${field}.${comparison}`, string] as const),
    ),
  ),
  ...['access', 'tunnel', 'iam', 'zones', 'dns-records'].map((product) =>
    fields('`ResultInfo` of cloudflare-go', `${product}_result_info`, { total_pages: integer }),
  ),
]

const refusals: Amendment[] = ['access', 'tunnel', 'iam', 'zones', 'dns-records'].map((product) =>
  whole('971 of a throttled request, and `error_chain` of 1004 and 6003, as recorded', `${product}_messages`, {
    items: {
      type: 'object',
      properties: { code: integer, message: string, error_chain: list(object({ code: integer, message: string })) },
      required: ['code', 'message'],
    },
  }),
)

const rule = (kind: string, value: Json, required?: string[]) => object({ [kind]: object(value, required) })
const byProvider = { identity_provider_id: string }
const rules: Amendment[] = [
  whole(
    "the SDK's rules name `identity_provider_id`, no longer `connection_id`",
    'access_azure_group_rule',
    rule('azureAD', { id: string, ...byProvider }),
  ),
  whole('as above', 'access_gsuite_group_rule', rule('gsuite', { email: string, ...byProvider })),
  whole('as above', 'access_okta_group_rule', rule('okta', { name: string, ...byProvider })),
  whole(
    'as above',
    'access_saml_group_rule',
    rule('saml', { attribute_name: string, attribute_value: string, ...byProvider }),
  ),
  whole(
    'as above',
    'access_github_organization_rule',
    rule('github-organization', { name: string, team: string, ...byProvider }, ['name', 'identity_provider_id']),
  ),
  {
    why: "the SDK's rules that are newer",
    at: ['components', 'schemas', 'access_rule', 'oneOf'],
    add: [
      rule('auth_context', { id: string, ac_id: string, ...byProvider }),
      rule('common_name', { common_name: string }),
      rule('login_method', { id: string }),
      rule('oidc', { claim_name: string, claim_value: string, ...byProvider }),
      rule('linked_app_token', { app_uid: string }),
      rule('user_risk_score', {
        user_risk_score: list({ type: 'string', enum: ['low', 'medium', 'high', 'unscored'] }),
      }),
      rule('cloudflare_account_member', { account_id: string }, []),
    ],
  },
]

const destination = object(
  {
    type: { type: 'string', enum: ['public', 'private', 'via_mcp_server_portal'] },
    uri: string,
    cidr: string,
    hostname: string,
    l4_protocol: { type: 'string', enum: ['tcp', 'udp'] },
    port_range: string,
    vnet_id: string,
    mcp_server_id: string,
  },
  [],
)
const applications: Amendment[] = [
  fields("the SDK's fields that are newer", 'access_self_hosted_props', {
    destinations: list(destination),
    allow_iframe: boolean,
    eager_redirect_cookie_setting: boolean,
    mfa_config: { type: 'object' },
    oauth_configuration: { type: 'object' },
    read_service_tokens_from_header: string,
    use_clientless_isolation_app_launcher_url: boolean,
  }),
  fields('recorded in github.com/cloudflare/terraform-provider-cloudflare#5181', 'access_basic_app_response_props', {
    uid: string,
  }),
  fields('a policy says which collection it is of, as recorded everywhere since there are two', 'access_policy_resp', {
    uid: string,
    reusable: boolean,
  }),
  whole(
    'a link, an id, or a whole policy: the description lets a whole one be a link, too, and then forbids both',
    'access_app_req_embedded_policies',
    {
      properties: {
        policies: list({
          anyOf: [
            ref('access_app_policy_link'),
            string,
            { allOf: [ref('access_app_policy_request'), { properties: { id: string } }] },
          ],
        }),
      },
    },
  ),
  fields('a SAML application and an OIDC one are told apart by nothing but this', 'access_saml_saas_app', {
    auth_type: { type: 'string', enum: ['saml'] },
  }),
  fields('as above', 'access_oidc_saas_app', { auth_type: { type: 'string', enum: ['oidc'] } }),
]

const body = (schema: Json) => ({ requestBody: { content: { 'application/json': { schema } } } })
const tokenChanges = { enabled: boolean, client_secret_version: integer, previous_client_secret_expires_at: moment }
const tokens: Amendment[] = [
  fields("the SDK's fields that are newer", 'access_service-tokens', { enabled: boolean, expires_at: moment }),
  {
    why: "the SDK's `ServiceTokenCreateResponse` has `enabled`; `expires_at` is that of a token",
    at: ['components', 'schemas', 'access_create_response', 'allOf', '1', 'properties', 'result', 'properties'],
    add: { enabled: boolean, expires_at: moment },
  },
  ...[`post ${access}/service_tokens`, `put ${access}/service_tokens/{service_token_id}`].map((operation) => ({
    why: "the SDK's `ServiceTokenUpdateParams`",
    at: [
      'paths',
      operation.split(' ')[1]!,
      operation.split(' ')[0]!,
      'requestBody',
      'content',
      'application/json',
      'schema',
      'properties',
    ],
    add: tokenChanges,
  })),
  {
    why: "the SDK's `ServiceTokenRotateParams`",
    at: ['paths', `${access}/service_tokens/{service_token_id}/rotate`, 'post'],
    add: body(object({ previous_client_secret_expires_at: moment }, [])),
  },
  {
    why: "the SDK's `TagCreateParams` is an object",
    at: ['paths', `${access}/tags`, 'post'],
    add: body(object({ name: string })),
  },
]

const tunnels: Amendment[] = [
  ...['conns_active_at', 'conns_inactive_at', 'deleted_at'].map((time) =>
    whole('null as long as it has not happened: the description says so in words', `tunnel_${time}`, orNull(moment)),
  ),
  fields("the SDK's `config_src`; token and credentials of a new tunnel as recorded in 2026", 'tunnel_cfd_tunnel', {
    config_src: { type: 'string', enum: ['local', 'cloudflare'] },
    token: string,
    credentials_file: object({ AccountTag: string, TunnelID: string, TunnelName: string, TunnelSecret: string }),
  }),
  whole('the last rule has no host name', 'tunnel_ingressRule', { required: ['service'] }),
  ...[tunnel, `${tunnel}/connections`].map((path) => ({
    why: 'the SDK sends no body',
    at: ['paths', path, 'delete', 'requestBody'],
    add: { required: false },
  })),
  whole('there is nothing to say; cloudflared looks at the status alone', 'tunnel_empty_response', {
    allOf: [ref('access_api-response-common'), object({ result: { type: 'object', nullable: true } }, [])],
  }),
]

const dns: Amendment[] = [
  whole('null where nothing was said, as recorded everywhere', 'dns-records_comment', { nullable: true }),
  {
    why: "the SDK's fields that are newer; `proxied` as recorded for every type",
    at: ['components', 'schemas', 'dns-records_base', 'properties'],
    add: {
      proxied: boolean,
      comment_modified_on: moment,
      tags_modified_on: moment,
      settings: object({ flatten_cname: boolean, ipv4_only: boolean, ipv6_only: boolean }, []),
    },
  },
  whole('a record that is asked for has no id and no times yet', 'dns-records_dns-record', {
    required: ['type', 'name'],
  }),
  {
    why: 'a change names what changes, and the SDK name, type and ttl',
    at: [
      'paths',
      '/zones/{zone_id}/dns_records/{dns_record_id}',
      'patch',
      'requestBody',
      'content',
      'application/json',
    ],
    add: {
      schema: {
        allOf: [
          ref('dns-records_base'),
          {
            properties: {
              type: string,
              name: ref('dns-records_name'),
              content: string,
              data: { type: 'object' },
              priority: integer,
              proxied: boolean,
            },
          },
        ],
      },
    },
  },
  {
    why: 'the envelope is there: acme.sh looks for `success` in this answer',
    at: [
      'paths',
      '/zones/{zone_id}/dns_records/{dns_record_id}',
      'delete',
      'responses',
      '200',
      'content',
      'application/json',
    ],
    add: {
      schema: {
        allOf: [
          ref('dns-records_api-response-common'),
          { properties: { result: object({ id: ref('dns-records_identifier') }) } },
        ],
      },
    },
  },
]

const zones: Amendment[] = [
  fields("fields of the SDK's `Zone`, and `tenant` ones as recorded", 'zones_zone', {
    status: { type: 'string', enum: ['initializing', 'pending', 'active', 'moved'] },
    paused: boolean,
    type: { type: 'string', enum: ['full', 'partial', 'secondary', 'internal'] },
    permissions: list(string),
    plan: { type: 'object' },
    tenant: { type: 'object' },
    tenant_unit: { type: 'object' },
  }),
]

/** The description with its amendments. */
export function newer(description: Json): Json {
  for (const { at, add } of [
    ...lists,
    ...refusals,
    ...rules,
    ...applications,
    ...tokens,
    ...tunnels,
    ...dns,
    ...zones,
  ]) {
    const place = at.reduce<Json | undefined>((within, key) => within?.[key] as Json | undefined, description)
    if (place === undefined) throw new Error(`The description has nothing at ${at.join(' ')}`)
    if (Array.isArray(add) && Array.isArray(place)) place.push(...add)
    else Object.assign(place, add)
  }
  return description
}
