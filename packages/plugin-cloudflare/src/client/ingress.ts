/** One rule of a tunnel, as the API writes it: what is asked for is sent to a service. The first one that fits is taken. */
export interface IngressRule {
  hostname?: string
  path?: string
  service: string
  originRequest?: Readonly<Record<string, unknown>>
}

export const NOT_FOUND = 'http_status:404'

/** What a rule is known by. */
export const ruleName = ({
  hostname = '',
  path = '',
}: {
  hostname?: string | undefined
  path?: string | undefined
}): string => (path === '' ? hostname : `${hostname} ${path}`)

export const isCatchAll = (rule: IngressRule): boolean => ruleName(rule) === '' || ruleName(rule) === '*'

/** The rules without the last one, and that one. A document without rules answers everything with 404. */
export function splitIngress(ingress: readonly IngressRule[] | undefined): {
  rules: IngressRule[]
  catchAll: IngressRule
} {
  const all = (ingress ?? []).map(withoutBlanks)
  const last = all.at(-1)
  return last && isCatchAll(last)
    ? { rules: all.slice(0, -1), catchAll: last }
    : { rules: all, catchAll: { service: NOT_FOUND } }
}

/** The rules with this one among them: in its place if there is one of its name, else before all that would catch its requests. */
export function placeRule(rules: readonly IngressRule[], rule: IngressRule): IngressRule[] {
  const others = rules.filter((other) => ruleName(other) !== ruleName(rule))
  const at = rules.findIndex((other) => ruleName(other) === ruleName(rule))
  const catching = others.findIndex((other) => catches(other, rule))
  const place = at >= 0 && (catching < 0 || at <= catching) ? at : catching < 0 ? others.length : catching
  return [...others.slice(0, place), rule, ...others.slice(place)]
}

/** The rules before that of this name that take its requests away from it. */
export const shadows = (rules: readonly IngressRule[], rule: IngressRule): IngressRule[] => {
  const at = rules.findIndex((other) => ruleName(other) === ruleName(rule))
  return rules.slice(0, Math.max(at, 0)).filter((other) => catches(other, rule))
}

/** True when every request for the one rule fits the other, too. */
export function catches(other: IngressRule, rule: IngressRule): boolean {
  const { hostname: wider = '' } = other
  const { hostname = '' } = rule
  const isHost =
    wider === '' || wider === '*' || wider === hostname || (wider.startsWith('*.') && hostname.endsWith(wider.slice(1)))
  return isHost && ((other.path ?? '') === '' || other.path === rule.path)
}

/** The API writes empty strings and objects where nothing was said. */
export function withoutBlanks({ hostname, path, service, originRequest }: IngressRule): IngressRule {
  const isSaid = originRequest && Object.keys(originRequest).length > 0
  return { ...(hostname ? { hostname } : {}), ...(path ? { path } : {}), service, ...(isSaid ? { originRequest } : {}) }
}
