import { defineComposite, interpolate } from '@lares/core'
import * as z from 'zod'
import { cloudflareProvider } from '../provider.ts'
import { accessApplication } from './access-application.ts'
import { accessPolicy, session } from './access-policy.ts'
import { rules } from './access-rules.ts'
import { dnsRecord } from './dns-record.ts'
import { hostname, originRequest, service } from './origin-request.ts'
import { tunnelRoute } from './tunnel-route.ts'

const inputs = z
  .object({
    hostname: hostname.describe('Under which name it is published: `photos.example.org`'),
    service: service.describe('Where it answers in the lab, as the connector sees it: `http://10.0.0.5:8080`'),
    tunnel: z.string().describe('Id of the tunnel that leads into the lab: `tunnel.id`'),
    allow: rules
      .min(1)
      .optional()
      .describe('Who may enter: whoever fits one of these rules. It becomes a policy of its own'),
    exclude: rules.optional().describe('And does not fit one of these'),
    require: rules.optional().describe('And fits all of these'),
    policies: z.array(z.string()).min(1).optional().describe('Who may enter, by shared policies: `[family.id]`'),
    sessionDuration: session.optional().describe('For how long who was let in stays so; 24h when absent'),
    allowedIdentityProviders: z
      .array(z.string())
      .optional()
      .describe('Ids of those by which one can log in; all when absent'),
    logoUrl: z.url().optional(),
    originRequest: originRequest.optional().describe('How the connector speaks to the service'),
    teamName: z
      .string()
      .optional()
      .describe(
        'The name of the Zero Trust organization. With it the connector itself checks, too, that Access has let a request in',
      ),
  })
  .refine(({ allow, policies }) => (allow === undefined) !== (policies === undefined), {
    path: ['allow'],
    message: 'Say who may enter: with "allow", or with "policies"',
  })
  .refine(({ policies, exclude, require }) => policies === undefined || (exclude ?? require) === undefined, {
    path: ['policies'],
    message: 'Shared policies say themselves whom they exclude and what they require: say it there, or use "allow"',
  })

/** A service of the lab, published to those who may use it and to nobody else. */
export const publishedService = defineComposite({
  type: 'cloudflare.publishedService',
  description:
    'A service of the lab, published to those who may use it: first the application with its policy, then the way, then the name.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes: z.object({
    url: z.string().describe('Where people find it'),
    hostname: z.string(),
    audience: z.string().describe('The AUD tag, by which the service can check who is let in'),
    application: z.string().describe('Id of the application'),
  }),
  expand({ name, inputs: wanted, part }) {
    const { allow, exclude, require, policies, originRequest: request, teamName } = wanted
    const given = <T extends object>(values: T): T =>
      Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
    const policy =
      allow === undefined ? undefined : part('policy', accessPolicy, given({ name, include: allow, exclude, require }))
    const app = part(
      'app',
      accessApplication,
      given({
        name,
        domain: wanted.hostname,
        policies: policy ? [policy.id] : policies,
        sessionDuration: wanted.sessionDuration,
        allowedIdentityProviders: wanted.allowedIdentityProviders,
        logoUrl: wanted.logoUrl,
      }),
    )
    const checked = teamName === undefined ? {} : { access: { required: true, teamName, audTag: [app.audience] } }
    const route = part(
      'route',
      tunnelRoute,
      given({
        tunnel: wanted.tunnel,
        hostname: wanted.hostname,
        service: wanted.service,
        originRequest: request === undefined && teamName === undefined ? undefined : { ...request, ...checked },
      }),
      { dependsOn: [app] },
    )
    const dns = part(
      'dns',
      dnsRecord,
      { name: wanted.hostname, kind: 'CNAME', content: interpolate`${wanted.tunnel}.cfargotunnel.com`, proxied: true },
      { dependsOn: [route] },
    )
    return { url: interpolate`https://${dns.name}`, hostname: dns.name, audience: app.audience, application: app.id }
  },
})
