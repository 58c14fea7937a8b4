import { type BatchItem, type Change, defineResource } from '@lares/core'
import * as z from 'zod'
import {
  type Body,
  type Cloudflare,
  type IngressRule,
  isCloudflareError,
  placeRule,
  ruleName,
  shadows,
  splitIngress,
  type TunnelConfiguration,
} from '../client/index.ts'
import { lookAgain } from '../client/late.ts'
import { cloudflareProvider } from '../provider.ts'
import { asWritten } from './fields.ts'
import { timeouts } from './objects.ts'
import { hostname, originRequest, path, service } from './origin-request.ts'
import { ruleClaim, shadowChanges } from './tunnel-rules.ts'

const inputs = z.object({
  tunnel: z.string().describe('Id of the tunnel: `tunnel.id`'),
  hostname: hostname.describe('What is asked for: `photos.example.org`, `*.example.org`'),
  path: path.optional(),
  service: service.describe('Where it goes to, as the connector sees it: `http://10.0.0.5:8080`'),
  originRequest: originRequest.optional(),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  tunnel: z.string(),
  hostname: z.string(),
  path: z.string().optional(),
  service: z.string(),
  originRequest: z.record(z.string(), z.unknown()).optional(),
  shadowedBy: z.array(z.string()).describe('Rules before it that take its requests away'),
})
type Attributes = z.output<typeof attributes>
type Item = BatchItem<Inputs, Attributes, Cloudflare>

const keyOf = ({ tunnel, ...rule }: Pick<Inputs, 'tunnel' | 'hostname' | 'path'>): string =>
  `${tunnel} ${ruleName(rule)}`

const ruleOf = ({ hostname, path, service, originRequest }: Inputs): IngressRule => ({
  hostname,
  ...(path === undefined ? {} : { path }),
  service,
  ...(originRequest === undefined ? {} : { originRequest }),
})

const attributesOf = (tunnel: string, rules: readonly IngressRule[], rule: IngressRule): Attributes => ({
  tunnel,
  hostname: rule.hostname ?? '',
  ...(rule.path === undefined ? {} : { path: rule.path }),
  service: rule.service,
  ...(rule.originRequest === undefined ? {} : { originRequest: { ...rule.originRequest } }),
  shadowedBy: shadows(rules, rule).map(ruleName),
})

/** The rules of a document, changed; what else stands in it stays, the last rule above all. */
function withRules(config: Body, change: (rules: IngressRule[]) => IngressRule[]): Body {
  const { rules, catchAll } = splitIngress(config['ingress'] as IngressRule[] | undefined)
  return { ...config, ingress: [...change(rules), catchAll] }
}

const rulesIn = (config: Body): IngressRule[] => splitIngress(config['ingress'] as IngressRule[] | undefined).rules

/** All changes of one tunnel in one write. */
async function changeTunnel(tunnel: string, items: readonly Item[]): Promise<Map<Item, Attributes | null>> {
  const { connection, signal, log } = items[0]!.context
  const written = await connection.tunnels.changeConfiguration(
    tunnel,
    (config) =>
      withRules(config, (before) => {
        let rules = before
        for (const item of items) {
          if (item.verb === 'delete') {
            const gone = ruleName(item.context.observed)
            rules = rules.filter((rule) => ruleName(rule) !== gone)
          } else {
            const rule = ruleOf(item.context.inputs)
            const shadowed = shadows(rules, rule).length > 0
            rules = placeRule(shadowed ? rules.filter((other) => ruleName(other) !== ruleName(rule)) : rules, rule)
          }
        }
        return rules
      }),
    { signal, log },
  )
  const rules = rulesIn(written.config)
  return new Map(
    items.map((item): [Item, Attributes | null] => {
      if (item.verb === 'delete') return [item, null]
      const rule = ruleOf(item.context.inputs)
      const found = rules.find((other) => ruleName(other) === ruleName(rule)) ?? rule
      return [item, attributesOf(tunnel, rules, found)]
    }),
  )
}

const tunnelOf = (item: Item): string => (item.verb === 'delete' ? item.context.observed : item.context.inputs).tunnel

async function batch(items: readonly Item[]): Promise<(Attributes | null | Error)[]> {
  const byTunnel = Map.groupBy(items, tunnelOf)
  const answers = new Map<Item, Attributes | null | Error>()
  await Promise.all(
    [...byTunnel].map(async ([tunnel, group]) => {
      try {
        for (const [item, answer] of await changeTunnel(tunnel, group)) answers.set(item, answer)
      } catch (error) {
        for (const item of group) answers.set(item, error as Error)
      }
    }),
  )
  return items.map((item) => answers.get(item) ?? null)
}

function foundIn(
  documents: ReadonlyMap<string, TunnelConfiguration | Error>,
  identity: string,
): Attributes | null | Error {
  const [tunnel = ''] = identity.split(' ')
  const document = documents.get(tunnel)
  if (document === undefined) return null
  if (document instanceof Error) return isCloudflareError(document, 'not_found') ? null : document
  const rules = rulesIn(document.config)
  const rule = rules.find((each) => `${tunnel} ${ruleName(each)}` === identity)
  return rule ? attributesOf(tunnel, rules, rule) : null
}

/** One rule of a tunnel. Any number of them share the tunnel's one document, beside what others have written into it. */
export const tunnelRoute = defineResource({
  type: 'cloudflare.tunnelRoute',
  description:
    "What a tunnel does with requests for one host name: one rule of the tunnel's list, which others can share.",
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  identity: keyOf,
  createFirst: true,
  replaceOn: ['tunnel', 'hostname', 'path'],
  timeouts,

  async readMany(contexts) {
    const [{ connection, signal, log }] = contexts as [(typeof contexts)[number]]
    const tunnels = [...new Set(contexts.map(({ identity }) => identity.split(' ')[0]!))]
    return await lookAgain(
      signal,
      async () => {
        const documents = await Promise.all(
          tunnels.map(async (tunnel) => {
            const found = await connection.tunnels.configuration(tunnel, { signal, log }).catch((error: Error) => error)
            return [tunnel, found] as const
          }),
        )
        const byTunnel = new Map(documents)
        return contexts.map(({ identity }) => foundIn(byTunnel, identity))
      },
      (found) => {
        const missing = contexts.find(
          ({ identity, recorded, interrupted }, i) =>
            !found[i] && ((recorded && keyOf(recorded) === identity) || interrupted),
        )
        return missing && { what: 'its rule is not there', log: missing.log }
      },
    )
  },

  claims: ({ tunnel, ...rule }) => [ruleClaim(tunnel, rule)],

  diff({ desired, recorded, observed, diff }): Change[] {
    const changes = diff({ observed: asWritten({ originRequest: {} }, observed, desired, recorded) })
    return [...changes, ...shadowChanges(observed.shadowedBy)]
  },

  batch,

  async list(connection, signal) {
    const tunnels = await connection.tunnels.list({ signal })
    const found = await Promise.all(
      tunnels.map(async ({ id }) => {
        const rules = rulesIn((await connection.tunnels.configuration(id, { signal })).config)
        return rules.map((rule) => attributesOf(id, rules, rule))
      }),
    )
    return found.flat().map((attributes) => ({ identity: keyOf(attributes), name: attributes.hostname, attributes }))
  },
  inputsOf: ({ shadowedBy: _, ...rest }) => rest as Partial<z.input<typeof inputs>>,
})
