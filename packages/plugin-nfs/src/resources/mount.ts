import { type Change, type CreateContext, defineResource, fail, type ReadContext, UNKNOWN } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import { mountAt } from '../client/formats/mount-info.ts'
import { isNfs, lookInto, mountTarget, readMounts, saveMounts, unmountTarget, usersOf } from '../client/mounts.ts'
import { installPart } from '../client/parts.ts'
import { makeMountPoint } from './directory.ts'
import { checkServer } from './firewall.ts'
import { checkLink } from './link.ts'
import { mountHealth } from './mount-health.ts'
import {
  type Attributes,
  attributes,
  attributesOf,
  entryOf,
  type Inputs,
  inputs,
  isOpen,
  locationIn,
} from './mount-state.ts'

type Context = CreateContext<Inputs, Host>

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, Host>[]) {
  const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
  const state = await readMounts(connection, signal)
  return contexts.map(({ identity, recorded }) => {
    try {
      return attributesOf(state, identity, recorded)
    } catch (error) {
      return error as Error
    }
  })
}

const found = async ({ connection, inputs: { target }, signal }: Context): Promise<Attributes> => {
  const state = attributesOf(await readMounts(connection, signal), target)
  return state ?? fail({ code: 'not_mounted', summary: `${target} is not mounted after all` })
}

async function bringUp(context: Context): Promise<Attributes> {
  const { connection, inputs: wanted, signal } = context
  await saveMounts(connection, { set: [entryOf(wanted, context.owner)], unset: [] }, signal)
  await mountTarget(connection, wanted.target, wanted.automount, signal)
  return await found(context)
}

/** Nothing is begun while somebody uses it, unless that is allowed. */
async function takeDown(
  { connection, signal }: { connection: Host; signal: AbortSignal },
  target: string,
  force: boolean,
): Promise<void> {
  const users = force ? [] : await usersOf(connection, target, signal)
  if (users.length > 0)
    fail({
      code: 'target_in_use',
      summary: `${target} is in use by ${users.length === 1 ? 'a process' : `${users.length} processes`}`,
      detail: users.join('\n'),
      advice: 'End what uses it, or say "forceUnmount: true".',
    })
  await unmountTarget(connection, target, force, signal)
}

const parentsOf = (path: string): string[] => {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
}

/** What is asked of a mount, and shows nowhere on it. */
const unseen = ['user', 'probe'] as const

export const mount = defineResource({
  type: 'nfs.mount',
  description: 'What another machine exports, seen on this one: now, and after it has started again.',
  proof: 'real',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ target }) => target,
  replaceOn: ['target'],
  createFirst: true,
  owner: ({ owner }) => owner,
  predict: ({ source, target, readOnly, automount, options }) => ({
    ...{ source: locationIn({ source }), target, readOnly, automount, options },
  }),
  claims: ({ target }) => [{ kind: 'mount point', scope: 'connection', key: target }],
  needs: ({ source, target }) => [
    ...(typeof source === 'string' ? [{ kind: 'NFS export', scope: 'lab' as const, key: source }] : []),
    // It lies in what is mounted above it.
    ...parentsOf(target).map((key) => ({ kind: 'mount point', scope: 'connection' as const, key })),
  ],
  readMany,
  prepare: checkLink,
  check: checkServer,
  health: mountHealth,

  diff({ desired: { source, version, ...desired }, observed, recorded, diff }): Change[] {
    const near = version === '4' && observed.version?.startsWith('4')
    const changes = diff({
      desired: { ...desired, ...(version === undefined || near || !observed.mounted ? {} : { version }) },
      skip: ['source', ...unseen, 'forceUnmount'],
    })
    const wanted = isOpen(source) ? UNKNOWN : locationIn({ source })
    if (wanted !== observed.source) {
      const before = recorded && locationIn(recorded as Pick<Inputs, 'source'>)
      const cause = before === wanted ? 'drifted' : 'changed'
      changes.push({ path: 'source', before: observed.source, after: wanted, effect: 'restart', cause })
    }
    const lacks = (path: 'ready' | 'saved'): Change[] =>
      observed[path] ? [] : [{ path, before: false, after: true, effect: 'live', cause: 'drifted' }]
    const asked = unseen.flatMap((path): Change[] =>
      recorded && desired[path] !== recorded[path]
        ? [{ path, before: recorded[path], after: desired[path], effect: 'live', cause: 'changed' }]
        : [],
    )
    return [
      ...changes.map((change) => ({ ...change, effect: 'restart' as const })),
      ...asked,
      ...lacks('ready'),
      ...lacks('saved'),
    ]
  },

  async create(context) {
    const {
      connection,
      inputs: { target },
      signal,
    } = context
    await installPart(connection, 'client', signal)
    const state = await readMounts(connection, signal)
    if (!mountAt(state.live, target)) await makeMountPoint(connection, target, signal)
    else if (attributesOf(state, target)) await takeDown(context, target, context.inputs.forceUnmount)
    return await bringUp(context)
  },

  async update(context) {
    const {
      connection,
      changes,
      inputs: { target, forceUnmount },
      signal,
    } = context
    if (changes.every(({ path }) => path === 'saved' || unseen.some((one) => one === path))) {
      await saveMounts(connection, { set: [entryOf(context.inputs, context.owner)], unset: [] }, signal)
      return await found(context)
    }
    await takeDown(context, target, forceUnmount)
    return await bringUp(context)
  },

  async delete(context) {
    const { connection, identity, inputs: wanted, signal } = context
    await takeDown(context, identity, wanted?.forceUnmount ?? false)
    await saveMounts(connection, { set: [], unset: [identity] }, signal)
    await connection.script('[ ! -d /run/systemd/system ] || systemctl daemon-reload', { signal })
  },

  ready: ({ connection, inputs: { target, user, probe }, signal }) =>
    lookInto(connection, target, { user, probe, forget: true }, signal),

  // Its line in /etc/fstab stays, so that a host that starts again has it by itself.
  lifecycle: {
    isRunning: ({ ready }) => ready,
    stop: ({ observed: { target }, inputs: wanted, ...context }) =>
      takeDown(context, target, wanted?.forceUnmount ?? false),
    start: ({ connection, observed: { target, automount }, signal }) =>
      mountTarget(connection, target, automount, signal),
  },

  async list(connection, signal) {
    const state = await readMounts(connection, signal)
    const targets = new Set([...state.live, ...state.saved].filter(isNfs).map(({ target }) => target))
    return [...targets].flatMap((target) => {
      const seen = mountAt(state.live, target)
      // fstab would have it here, and something else is.
      const isHidden = seen !== undefined && seen.type !== 'autofs' && !isNfs(seen)
      const lines = state.saved.filter((entry) => entry.target === target)
      const isUnclear = lines.length > 1 || lines.some((entry) => !isNfs(entry))
      const known = isHidden || isUnclear ? null : attributesOf(state, target)
      return known ? [{ identity: target, name: target.split('/').at(-1) || 'mount', attributes: known }] : []
    })
  },
  inputsOf: ({ source, target, readOnly, automount, options }) => ({
    source,
    target,
    ...(readOnly ? { readOnly } : {}),
    ...(automount ? {} : { automount }),
    ...(options.length > 0 ? { options } : {}),
  }),
})
