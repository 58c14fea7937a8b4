import { fail, type ResourceAction } from '@lares/core'
import type { Host } from '@lares/transport'
import * as z from 'zod'
import { type Bmc, bootDevices, type Sensor, type Thresholds } from '../../client/index.ts'
import type { Attributes } from './attributes.ts'
import type { Inputs } from './inputs.ts'
import { readingOf } from './watch.ts'

type Action<O extends z.ZodObject = z.ZodObject> = ResourceAction<Inputs, Attributes, Host, Bmc, O>

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const asJson = z.boolean().optional().describe('As JSON')

const limitNames: readonly (readonly [keyof Thresholds, string])[] = [
  ['lowerFailed', '<<<'],
  ['lowerCritical', '<<'],
  ['lowerWarning', '<'],
  ['upperWarning', '>'],
  ['upperCritical', '>>'],
  ['upperFailed', '>>>'],
]
const limitsOf = ({ thresholds = {} }: Sensor): string =>
  limitNames.flatMap(([name, sign]) => (thresholds[name] === undefined ? [] : `${sign}${thresholds[name]}`)).join(' ')

const sensorOptions = z.object({
  json: asJson,
  limits: z
    .boolean()
    .optional()
    .describe('With their limits, which takes longer: `<` is warning, `<<` critical, `<<<` failed'),
})
const sensors: Action<typeof sensorOptions> = {
  description: 'Show what its sensors read',
  options: sensorOptions,
  readOnly: true,
  async run({ self, options: { json = false, limits = false }, signal, write }) {
    const found = await (await self()).sensors({ signal, thresholds: limits })
    write(
      json
        ? `${JSON.stringify(found, null, 2)}\n`
        : table(found.map((each) => [each.state, each.name, readingOf(each), ...(limits ? [limitsOf(each)] : [])])),
      'stdout',
    )
    return undefined
  },
}

const eventOptions = z.object({
  json: asJson,
  last: z.coerce.number().int().positive().optional().describe('Only the newest'),
})
const events: Action<typeof eventOptions> = {
  description: 'Show its event log, the oldest first',
  options: eventOptions,
  readOnly: true,
  async run({ self, options: { json = false, last }, signal, write }) {
    const all = await (await self()).events({ signal })
    const found = last === undefined ? all : all.slice(-last)
    const rows = found.map(({ time, uptime, severity, sensor, text, direction, trigger }) => [
      time?.toISOString() ?? (uptime === undefined ? '-' : `${uptime} s after start`),
      severity,
      sensor,
      [text, ...(direction === 'deasserted' ? ['over'] : []), ...(trigger === undefined ? [] : [trigger])].join(', '),
    ])
    write(json ? `${JSON.stringify(found, null, 2)}\n` : table(rows), 'stdout')
    return undefined
  },
}

const identifyOptions = z.object({
  seconds: z.coerce.number().int().min(0).max(255).optional().describe('For how long; 15 unless told, 0 ends it'),
})
const identify: Action<typeof identifyOptions> = {
  description: 'Have the machine blink, so that it is found in the rack',
  options: identifyOptions,
  readOnly: true,
  async run({ self, options: { seconds = 15 }, signal }) {
    await (await self()).identify(seconds, { signal })
    return undefined
  },
}

const resetOptions = z.object({ warm: z.boolean().optional().describe('Only its software') })
const reset: Action<typeof resetOptions> = {
  description: 'Restart the BMC and wait until it answers; the machine runs on',
  options: resetOptions,
  async run({ self, options: { warm = false }, signal, log }) {
    await (await self()).restart(warm ? 'warm' : 'cold', { signal, log })
    return undefined
  },
}

const cycle: Action = {
  description: 'Take the power of the machine away and give it again, as if its plug were pulled',
  async run({ self, signal, log }) {
    await (await self()).power('cycle', { signal, log })
    return undefined
  },
}

const bootOptions = z.object({ efi: z.boolean().optional().describe('By UEFI') })
const bootOnce: Action<typeof bootOptions> = {
  description: 'Choose what the machine boots from the next time, and only then',
  options: bootOptions,
  words: 'DEVICE',
  async run({ self, words: [device], options: { efi = false }, signal }) {
    const chosen = bootDevices.find((each) => each === device)
    if (chosen === undefined)
      return fail({
        code: 'usage',
        summary: device === undefined ? 'Boot from what?' : `"${device}" is nothing to boot from`,
        advice: `There are: ${bootDevices.join(', ')}`,
      })
    await (await self()).setBootDevice({ device: chosen, persistent: false, efi }, { signal })
    return undefined
  },
}

export const bmcActions = {
  sensors,
  events,
  identify,
  'reset-bmc': reset,
  'power-cycle': cycle,
  'boot-once': bootOnce,
}
