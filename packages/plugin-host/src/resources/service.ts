import { type Change, type CreateContext, type DiffContext, defineResource, fail, type ReadContext } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { unitName } from '../client/units/systemd.ts'
import {
  actOnUnit,
  type InitSystem,
  listUnits,
  readLog,
  readUnits,
  type UnitState,
  type UnitVerb,
} from '../client/units.ts'
import { unitHealth } from './service-health.ts'

const watched = z.array(z.json()).optional()

const inputs = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w@:.\\-]*$/, 'Expected the name of a unit, such as "nginx" or "backup.timer"')
    .optional()
    .describe("Name of the unit; the resource's own when absent"),
  enabled: z.boolean().nullable().default(true).describe('It starts with the host; `null` leaves it as it is'),
  running: z.boolean().nullable().default(true).describe('It runs now; `null` leaves it as it is'),
  masked: z.boolean().optional().describe('Nothing can start it (systemd)'),
  restartWhen: watched.describe('It is restarted when one of these changes: `[config.digest, nginx.versions]`'),
  reloadWhen: watched.describe('It reads its configuration again when one of these changes'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  name: z.string(),
  enabled: z.boolean(),
  running: z.boolean(),
  masked: z.boolean(),
  fixed: z.boolean().optional().describe('Nothing can enable or disable it'),
  state: z.string().describe("In the init system's own words: `active (running)`"),
  init: z.enum(['systemd', 'openrc']).describe('What runs it'),
})
type Attributes = z.output<typeof attributes>

const attributesOf = (name: string, init: InitSystem, unit: UnitState): Attributes => ({
  ...{ name, init, running: unit.running, masked: unit.masked, state: unit.state },
  enabled: unit.enabled === true,
  ...(unit.enabled === 'fixed' ? { fixed: true } : {}),
})

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, Host>[]) {
  const { connection, signal } = contexts[0]!
  const names = [...new Set(contexts.map(({ identity }) => identity))]
  const { init, units } = await readUnits(connection, names, signal)
  return contexts.map(({ identity }) => {
    const unit = units[names.indexOf(identity)]
    return unit?.present ? attributesOf(identity, init, unit) : null
  })
}

/** The steps from what is there to what is wanted, in their order. */
function stepsTo(wanted: Inputs, unit: UnitState, again: 'restart' | 'reload' | undefined): UnitVerb[] {
  const { enabled, running, masked } = wanted
  const steps: UnitVerb[] = []
  if (unit.masked && masked !== true && (masked === false || running || enabled)) steps.push('unmask')
  if (enabled !== null && unit.enabled !== 'fixed' && unit.enabled !== enabled && masked !== true)
    steps.push(enabled ? 'enable' : 'disable')
  if (running === false || masked === true) {
    if (unit.running) steps.push('stop')
  } else if (unit.running) {
    if (again) steps.push(again)
  } else if (running) steps.push('start')
  if (masked === true && !unit.masked) steps.push('mask')
  return steps
}

async function bringAbout(context: CreateContext<Inputs, Host>, again: 'restart' | 'reload' | undefined) {
  const { connection, inputs: wanted, owner, signal } = context
  const name = unitName(wanted.name ?? owner.address)
  const look = async () => {
    const { init, units } = await readUnits(connection, [name], signal)
    return { init, unit: units[0]! }
  }
  const { init, unit } = await look()
  if (!unit.present && wanted.masked !== true)
    fail({
      code: 'no_such_service',
      path: 'name',
      summary: `${connection.description} has no ${name}`,
      advice: 'Name the package or the file that brings it in "dependsOn".',
    })
  for (const step of stepsTo(wanted, unit, again)) await actOnUnit(connection, init, name, step, signal)
  const { unit: now } = await look()
  if (wanted.running && !now.running && wanted.masked !== true)
    throw Object.assign(new Error(`${name} was started and ended at once: it is ${now.state}`), {
      code: 'not_running',
      detail: await readLog(connection, init, name, 20, signal),
      advice: 'A unit that does its work and ends wants "running: null".',
    })
  return attributesOf(name, init, now)
}

/** What of the state differs; defaults count, because a service that is declared is to run. */
function stateChanges({ desired, observed, recorded }: DiffContext<Inputs, Attributes>): Change[] {
  const { enabled, running, masked } = desired
  const stopped = masked === true
  const wanted: [keyof Attributes & keyof Inputs, boolean | null | undefined][] = [
    ['enabled', observed.fixed || stopped ? null : enabled],
    ['running', stopped ? false : running],
    ['masked', masked ?? ((running || enabled) && observed.masked ? false : undefined)],
  ]
  return wanted.flatMap(([path, after]): Change[] => {
    const before = observed[path]
    if (after === null || after === undefined || before === after) return []
    const drifted = recorded !== undefined && (recorded[path] ?? true) === after
    return [{ path, before, after, effect: 'live', cause: drifted ? 'drifted' : 'changed' }]
  })
}

const act = (verb: 'start' | 'stop' | 'restart' | 'reload', description: string) => ({
  description,
  async run({
    connection,
    observed: { name, init },
    signal,
  }: {
    connection: Host
    observed: Attributes
    signal: AbortSignal
  }) {
    await actOnUnit(connection, init, name, verb, signal)
    return 0
  },
})

export const service = defineResource({
  type: 'host.service',
  description: 'A program that the init system runs in the background: systemd, or OpenRC (unverified)',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ name }, owner) => unitName(name ?? owner.address),
  replaceOn: ['name'],
  restartOn: ['restartWhen'],
  predict: ({ name }, owner) => ({ name: unitName(name ?? owner.address) }),
  claims: ({ name }) => (name === undefined ? [] : [{ kind: 'service', scope: 'connection', key: unitName(name) }]),
  readMany,

  diff(context) {
    const unset = (path: string) => !(path in context.set)
    const again = context
      .diff({ skip: ['name', 'enabled', 'running', 'masked'] })
      // No longer watched is no reason to restart.
      .filter(({ path, cause }) => cause !== 'unset' || !unset(path.split(/[.[]/)[0]!))
    return [...stateChanges(context), ...again]
  },

  // Its package may have started it before its configuration was there.
  create: (context) =>
    bringAbout(context, context.inputs.restartWhen ? 'restart' : context.inputs.reloadWhen && 'reload'),

  update(context) {
    const has = (name: string) => context.changes.some(({ path }) => path.startsWith(name))
    return bringAbout(context, has('restartWhen') ? 'restart' : has('reloadWhen') ? 'reload' : undefined)
  },

  async delete({ connection, identity, signal }) {
    const { init, units } = await readUnits(connection, [identity], signal)
    const [unit] = units
    if (unit?.masked) await actOnUnit(connection, init, identity, 'unmask', signal)
    if (unit?.running) await actOnUnit(connection, init, identity, 'stop', signal)
    if (unit?.enabled === true) await actOnUnit(connection, init, identity, 'disable', signal)
  },

  async list(connection, signal) {
    const names = await listUnits(connection, signal)
    const { init, units } = await readUnits(connection, names, signal)
    return names.map((name, index) => ({
      identity: name,
      name: name.replace(/\.service$/, ''),
      attributes: attributesOf(name, init, units[index]!),
    }))
  },

  inputsOf: ({ name, enabled, running }) => ({
    name,
    ...(enabled ? {} : { enabled }),
    ...(running ? {} : { running }),
  }),

  health: async ({ observed, inputs }) => unitHealth(observed, inputs?.running),

  actions: {
    start: act('start', 'Starts it'),
    stop: act('stop', 'Stops it; the next apply starts it again'),
    restart: act('restart', 'Stops and starts it'),
    reload: act('reload', 'Lets it read its configuration again'),
    logs: {
      description: 'The last lines that it has logged',
      readOnly: true,
      options: z.object({ lines: z.coerce.number().int().positive().default(50).describe('How many') }),
      async run({ connection, observed: { name, init }, options, signal, write }) {
        write(`${await readLog(connection, init, name, options.lines, signal)}\n`, 'stdout')
        return 0
      },
    },
  },
})
