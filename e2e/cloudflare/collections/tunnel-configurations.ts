import { z } from 'zod'
import { parsed } from '../body.ts'
import { Refusal } from '../envelope.ts'
import type { Request, Route } from '../route.ts'
import { toMicrosecond } from '../time.ts'
import { type Tunnel, tunnelAsked } from './tunnels.ts'

/** The whole configuration of one tunnel, as it was last put. */
export interface TunnelConfiguration {
  tunnel: string
  version: number
  config: TunnelConfig
  at: Date
}

/** One rule: what comes for that host name and path goes to the service. */
export type IngressRule = z.infer<typeof ruleShape>

export type TunnelConfig = z.infer<typeof configShape>

const ruleShape = z.looseObject({
  hostname: z.string().optional(),
  path: z.string().optional(),
  service: z.string(),
  originRequest: z.record(z.string(), z.unknown()).optional(),
})
const configShape = z.looseObject({
  ingress: z.array(ruleShape).optional(),
  originRequest: z.record(z.string(), z.unknown()).optional(),
  'warp-routing': z.looseObject({ enabled: z.boolean().optional() }).optional(),
})
const shape = z.object({ config: configShape.default({}) })

/** Code and first words: github.com/cloudflare/terraform-provider-cloudflare#2327. */
const refuse = (what: string) =>
  new Refusal(400, { code: 1056, message: `Bad Configuration: Validation failed: ${what}\n` })

/** The checks of cloudflared's own `ingress validate`, whose sentences the API gives back (cloudflared, ingress/ingress.go). */
function checkIngress(rules: readonly IngressRule[]): void {
  if (rules.length === 0) throw refuse("The config file doesn't contain any ingress rules")
  for (const [index, rule] of rules.entries()) {
    const all = (rule.hostname ?? '') === '' || rule.hostname === '*'
    const catchAll = all && (rule.path ?? '') === ''
    const last = index === rules.length - 1
    if (last && !catchAll) {
      throw refuse('The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)')
    }
    if (!last && catchAll) {
      throw refuse(
        `Rule #${index + 1} is matching the hostname '${rule.hostname ?? ''}', but this will match every hostname, meaning the rules which follow it will never be triggered.`,
      )
    }
    const known =
      /^(https?|tcp|ssh|rdp|smb|unix|unix\+tls):.+|^http_status:[1-5]\d\d$|^(hello_world|bastion|socks-proxy)$/
    if (!known.test(rule.service)) {
      throw refuse(`${rule.service} is an invalid address, please make sure it has a scheme and a hostname`)
    }
  }
}

/** A deleted tunnel is still there, its configuration is not. */
function configured(request: Request): Tunnel {
  const tunnel = tunnelAsked(request)
  if (tunnel.deletedAt === null) return tunnel
  throw new Refusal(404, { code: 1055, message: 'Configuration for tunnel not found' })
}

function shown(tunnel: Tunnel, configuration: TunnelConfiguration | undefined) {
  return {
    tunnel_id: tunnel.id,
    account_id: tunnel.account,
    version: configuration?.version ?? 0,
    config: configuration?.config ?? null,
    source: tunnel.configSource,
    created_at: toMicrosecond(configuration?.at ?? tunnel.createdAt),
  }
}

function put(request: Request) {
  const tunnel = configured(request)
  const { config } = parsed(shape, request.body, refuse)
  checkIngress(config.ingress ?? [])
  const version = (request.world.configurations.get(tunnel.id)?.version ?? 0) + 1
  // It comes back whether it was sent or not: github.com/cloudflare/terraform-provider-cloudflare#4468.
  const kept = { ...config, 'warp-routing': config['warp-routing'] ?? { enabled: false } }
  const configuration = { tunnel: tunnel.id, version, config: kept, at: request.now }
  request.world.configurations.put(tunnel.id, configuration)
  const changed: Tunnel = { ...tunnel, configSource: 'cloudflare' }
  request.world.tunnels.put(tunnel.id, changed)
  return { result: shown(changed, configuration) }
}

const path = '/accounts/:account/cfd_tunnel/:tunnel/configurations'

export const tunnelConfigurationRoutes: Route[] = [
  {
    method: 'GET',
    path,
    needs: 'Cloudflare Tunnel Read',
    answer(request) {
      const tunnel = configured(request)
      return { result: shown(tunnel, request.view.configurations.get(tunnel.id)) }
    },
  },
  { method: 'PUT', path, needs: 'Cloudflare Tunnel Write', answer: put },
]
