import { type Duration, fail, milliseconds } from '@lares/core'

const units: Readonly<Record<string, number>> = {
  ...{ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 },
  ...{ M: 2_592_000, Y: 31_536_000 },
}

/**
 * Seconds of a duration as agents write it: `10`, `-1m`, `1.5h`, `2w`, `1M` (30 days), `1Y`; undefined when it is none.
 * (netdata: libnetdata/config/appconfig.c, `config_parse_duration`.)
 */
export function parseSeconds(text: string): number | undefined {
  const [, number, unit = 's'] = /^([+-]?\d+(?:\.\d*)?)([smhdwMY])?$/.exec(text) ?? []
  return number === undefined ? undefined : Math.trunc(Number(number) * units[unit]!)
}

/** `10m` of 600, in the units that all agents know. */
export function formatSeconds(seconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((each) => seconds !== 0 && seconds % units[each]! === 0) ?? 's'
  return `${seconds / units[unit]!}${unit}`
}

/** Whole seconds of a duration of Lares: agents know nothing shorter. */
export function wholeSeconds(duration: Duration, path: string): number {
  const seconds = milliseconds(duration, path) / 1000
  if (!Number.isInteger(seconds))
    fail({ code: 'invalid_input', path, summary: `Netdata counts whole seconds, and ${duration} are none` })
  return seconds
}
