import type { ContainerOptions } from '../../options.ts'
import { formatDuration, parseDuration } from '../notation/duration.ts'
import type { HealthConfig } from '../wire.ts'
import { defined, isEmpty } from './defined.ts'
import type { HealthcheckSpec } from './spec.ts'

type HealthcheckOptions = NonNullable<ContainerOptions['healthcheck']>
const DURATIONS = {
  interval: 'Interval',
  timeout: 'Timeout',
  startPeriod: 'StartPeriod',
  startInterval: 'StartInterval',
} as const
const durations = Object.entries(DURATIONS) as [keyof typeof DURATIONS, (typeof DURATIONS)[keyof typeof DURATIONS]][]

export function canonicalHealthcheck(options: HealthcheckOptions): HealthcheckSpec {
  if (options.disable) return { test: ['NONE'] }
  const { test, retries } = options
  const spec: HealthcheckSpec = defined({ test: typeof test === 'string' ? ['CMD-SHELL', test] : test, retries })
  for (const [option] of durations) {
    const duration = options[option]
    if (duration !== undefined) spec[option] = formatDuration(parseDuration(duration))
  }
  return spec
}

export function healthcheckToEngine(spec: HealthcheckSpec): HealthConfig {
  const config: HealthConfig = defined({ Test: spec.test, Retries: spec.retries })
  for (const [option, key] of durations) if (spec[option] !== undefined) config[key] = parseDuration(spec[option])
  return config
}

/** The container's healthcheck without the parts that its image gave, unless they were asked for. */
export function healthcheckFromEngine(
  config: HealthConfig | null | undefined,
  image: HealthConfig | null | undefined,
  wanted: HealthcheckSpec = {},
): HealthcheckSpec | undefined {
  const isOwn = (own: unknown, inherited: unknown, asked: unknown) =>
    asked !== undefined || (Boolean(own) && JSON.stringify(own) !== JSON.stringify(inherited))
  const spec: HealthcheckSpec = {}
  if (config?.Test && isOwn(config.Test, image?.Test, wanted.test)) spec.test = config.Test
  if (isOwn(config?.Retries, image?.Retries, wanted.retries)) spec.retries = config?.Retries ?? 0
  for (const [option, key] of durations) {
    if (isOwn(config?.[key], image?.[key], wanted[option])) spec[option] = formatDuration(config?.[key] ?? 0)
  }
  return isEmpty(spec) ? undefined : spec
}
