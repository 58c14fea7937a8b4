import { type Change, type CreateContext, canonical, defineResource, parsePath } from '@lares/core'
import * as z from 'zod'
import {
  type Ask,
  type Body,
  type Cloudflare,
  type IngressRule,
  isCatchAll,
  isCloudflareError,
  NOT_FOUND,
  placeRule,
  ruleName,
  shadows,
  splitIngress,
  type TunnelConfiguration,
  withoutBlanks,
} from '../client/index.ts'
import { lookAgain } from '../client/late.ts'
import { cloudflareProvider } from '../provider.ts'
import { asWritten, isBlank } from './fields.ts'
import { timeouts } from './objects.ts'
import { hostname, originRequest, path, service } from './origin-request.ts'
import { ruleClaim, shadowChanges } from './tunnel-rules.ts'

const rule = z.strictObject({
  hostname: hostname.optional().describe('What is asked for; everything when absent'),
  path: path.optional(),
  service: service.describe('Where it goes to, as the connector sees it'),
  originRequest: originRequest.optional(),
})

const inputs = z
  .object({
    tunnel: z.string().describe('Id of the tunnel: `tunnel.id`'),
    ingress: z
      .array(rule)
      .default([])
      .describe(
        'Its rules, in order: the first that fits is taken. Rules of others come after them, before the last one',
      ),
    catchAll: service.default(NOT_FOUND).describe('What becomes of all other requests'),
    originRequest: originRequest.optional().describe('For all rules, unless one says otherwise'),
  })
  .refine(({ ingress }) => !ingress.some((each) => isCatchAll(each as IngressRule)), {
    path: ['ingress'],
    message: 'A rule for everything comes last: say it with "catchAll"',
  })
  .refine(({ ingress }) => new Set(ingress.map((each) => ruleName(each as IngressRule))).size === ingress.length, {
    path: ['ingress'],
    message: 'Two rules are for the same requests',
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  tunnel: z.string(),
  ingress: z.array(z.unknown()).describe('Of its rules those that are there, in order'),
  others: z.array(z.string()).describe('Rules of others, by host name and path'),
  shadowedBy: z.array(z.string()).describe('Rules of others that take requests away from these'),
  catchAll: z.string(),
  originRequest: z.record(z.string(), z.unknown()).optional(),
  version: z.number().describe('Raised by each change'),
})
type Attributes = z.output<typeof attributes>

const namesOf = (rules: readonly unknown[] | undefined): Set<string> =>
  new Set((rules ?? []).map((each) => ruleName(each as IngressRule)))

/** The document as one who owns the rules of these names sees it. */
function attributesOf(tunnel: string, { config, version }: TunnelConfiguration, mine: ReadonlySet<string>): Attributes {
  const { rules, catchAll } = splitIngress(config['ingress'] as IngressRule[] | undefined)
  const [ours, others] = [
    rules.filter((each) => mine.has(ruleName(each))),
    rules.filter((each) => !mine.has(ruleName(each))),
  ]
  const shadowing = ours.flatMap((each) => shadows(rules, each)).filter((each) => !mine.has(ruleName(each)))
  const { originRequest: request } = config
  return {
    tunnel,
    ingress: ours,
    others: others.map(ruleName),
    shadowedBy: [...new Set(shadowing.map(ruleName))],
    catchAll: catchAll.service,
    ...(isBlank(request) ? {} : { originRequest: request as Record<string, unknown> }),
    version,
  }
}

/** What is ours besides the rules: all else in the document stays as others have it. */
interface Ours {
  catchAll: boolean
  originRequest: boolean
}

const oursIn = ({ catchAll, originRequest: request }: Inputs): Ours => ({
  catchAll: catchAll !== NOT_FOUND,
  originRequest: request !== undefined,
})

/** True when somebody has said what we want to say for the whole tunnel. */
function isTaken(found: Attributes, wanted: Inputs): boolean {
  const ours = oursIn(wanted)
  return (ours.catchAll && found.catchAll !== NOT_FOUND) || (ours.originRequest && found.originRequest !== undefined)
}

/** What this lab says of the tunnel, in place of what it said before; the rules of others go before those that would catch them. */
function write(config: Body, wanted: Inputs, before: ReadonlySet<string>, ours: Ours): Body {
  const { rules, catchAll } = splitIngress(config['ingress'] as IngressRule[] | undefined)
  const mine = wanted.ingress as IngressRule[]
  const names = new Set([...before, ...namesOf(mine)])
  const others = rules.filter((each) => !names.has(ruleName(each)))
  const { originRequest: theirs, ...rest } = config
  const request = ours.originRequest ? wanted.originRequest : theirs
  return {
    ...rest,
    ingress: [...others.reduce(placeRule, mine), ours.catchAll ? { service: wanted.catchAll } : catchAll],
    ...(request === undefined ? {} : { originRequest: request }),
  }
}

const ruleText = (each: unknown): string => canonical(withoutBlanks(each as IngressRule))

const fields = { ingress: { member: ruleText, ordered: true }, originRequest: {} }

async function apply(
  { connection, inputs: wanted, signal, log }: CreateContext<Inputs, Cloudflare>,
  before: ReadonlySet<string>,
  ours: Ours,
) {
  const edit = (config: Body) => write(config, wanted, before, ours)
  const written = await connection.tunnels.changeConfiguration(wanted.tunnel, edit, { signal, log })
  return attributesOf(wanted.tunnel, written, namesOf(wanted.ingress))
}

const documentOf = (connection: Cloudflare, tunnel: string, ask: Ask): Promise<TunnelConfiguration | null> =>
  connection.tunnels.configuration(tunnel, ask).catch((error: unknown) => {
    if (isCloudflareError(error, 'not_found')) return null
    throw error
  })

/** The rules of a tunnel as one list, with what holds for all of them. Rules of others in it stay. */
export const tunnelConfig = defineResource({
  type: 'cloudflare.tunnelConfig',
  description: 'What a tunnel does with requests: its rules in order, the last one, and how it speaks to services.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  identity: ({ tunnel }) => tunnel,
  replaceOn: ['tunnel'],
  readsInputs: true,
  timeouts,

  async read({ connection, identity, inputs: wanted, recorded, signal, log }) {
    const ask = { signal, log }
    const document = await lookAgain(
      signal,
      () => documentOf(connection, identity, ask),
      (found) =>
        recorded && (found?.version ?? 0) < recorded.version
          ? { what: 'its configuration is older than what was written', log }
          : undefined,
    )
    if (!document) return null
    const found = attributesOf(
      identity,
      document,
      new Set([...namesOf(wanted?.ingress), ...namesOf(recorded?.ingress)]),
    )
    // A document has no owner: it is there for us as soon as something in it is that we want to say.
    const isOurs = found.ingress.length > 0 || recorded?.ingress.length === 0 || (wanted && isTaken(found, wanted))
    return isOurs ? found : null
  },

  claims: ({ tunnel, ingress }) => ingress.map((each) => ruleClaim(tunnel, each)),

  diff({ desired, recorded, observed, diff }): Change[] {
    const changes = diff({ observed: asWritten(fields, observed, desired, recorded) })
    return [...changes, ...shadowChanges(observed.shadowedBy)]
  },

  create: (context) => apply(context, new Set(), oursIn(context.inputs)),
  update(context) {
    const roots = new Set(context.changes.map(({ path }) => parsePath(path)[0]))
    const ours = { catchAll: roots.has('catchAll'), originRequest: roots.has('originRequest') }
    return apply(context, namesOf(context.observed.ingress), ours)
  },

  async delete({ connection, inputs: said, observed, signal, log }) {
    const nothing: Inputs = { tunnel: observed.tunnel, ingress: [], catchAll: NOT_FOUND }
    const ours = said ? oursIn(said) : { catchAll: false, originRequest: false }
    const edit = (config: Body) => write(config, nothing, namesOf(observed.ingress), ours)
    await connection.tunnels.changeConfiguration(observed.tunnel, edit, { signal, log }).catch((error: unknown) => {
      if (!isCloudflareError(error, 'not_found')) throw error
    })
  },

  // Its rules are listed one by one, as routes.
  async list(connection, signal) {
    const tunnels = await connection.tunnels.list({ signal })
    const found = await Promise.all(
      tunnels.map(async ({ id, name }) => {
        const document = await connection.tunnels.configuration(id, { signal })
        return { identity: id, name: String(name), attributes: attributesOf(id, document, new Set()) }
      }),
    )
    return found.filter(({ attributes: { catchAll, originRequest: request } }) => catchAll !== NOT_FOUND || request)
  },
  inputsOf: ({ tunnel, ingress, catchAll, originRequest: request }) =>
    ({
      tunnel,
      ingress,
      ...(catchAll === NOT_FOUND ? {} : { catchAll }),
      ...(request ? { originRequest: request } : {}),
    }) as Partial<z.input<typeof inputs>>,
})
