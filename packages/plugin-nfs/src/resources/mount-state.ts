import { fail, isUnknown, type Owner } from '@lares/core'
import * as z from 'zod'
import type { FstabEntry } from '../client/formats/fstab.ts'
import { type MountInfo, mountAt, nfsMount } from '../client/formats/mount-info.ts'
import { isNfs, type MountsState } from '../client/mounts.ts'
import { path } from './directory.ts'
import { exportSource, locationOf } from './source.ts'

const versions = ['3', '4', '4.0', '4.1', '4.2'] as const

/** Words of fstab that stand for other inputs, or that every mount has. */
const isOwn = (word: string): boolean =>
  /^(rw|ro|defaults|_netdev|nofail|x-systemd\.automount|(nfs)?vers=.*|x-lares\..*)$/.test(word)

const fields = z.object({
  source: z
    .union([
      exportSource,
      z
        .string()
        .regex(
          /^(\[[\da-fA-F:.%\w]+\]|[^\s:[\]/]+):\/([^\n]*[^/\n])?$/,
          'Expected a server and a path: "10.0.0.5:/srv/media"',
        ),
    ])
    .describe('`media.source` of an export of the lab, or `host:/path` of any server'),
  target: path.describe('Where it is seen; made when it is missing'),
  version: z.enum(versions).optional().describe('Of NFS; the newest that both sides have when absent'),
  readOnly: z.boolean().default(false).describe('It is not written to from here'),
  automount: z
    .boolean()
    .default(true)
    .describe(
      'It is mounted when it is first used, so that a server that is away keeps nothing from starting (systemd)',
    ),
  options: z
    .array(
      z
        .string()
        .regex(/^[^\s,]+$/, 'Expected one word of nfs(5) or mount(8)')
        .refine((word) => !isOwn(word), 'Another input says this, or Lares does'),
    )
    .default([])
    .describe('Further words: `hard`, `timeo=100`, `noatime`'),
  user: z
    .string()
    .regex(/^([A-Za-z_][\w.@$-]*|\d+:\d+)$/, 'Expected a name, or two numbers: "33:33"')
    .optional()
    .describe(
      'Who uses it here, by name or as `uid:gid`; the plan tells when owner and mode of what is exported keep it out',
    ),
  probe: z
    .enum(['read', 'write'])
    .optional()
    .describe(
      'Try it when it is applied, as `user`: list it and read a file, and for `write` write one and read it back',
    ),
  forceUnmount: z
    .boolean()
    .default(false)
    .describe('Unmount it though it is in use or its server does not answer; what was not written yet is lost'),
})
export const inputs = fields.refine(({ probe, readOnly }) => !(readOnly && probe === 'write'), {
  path: ['probe'],
  message: 'What is mounted read-only is not written to',
})
export type Inputs = z.output<typeof inputs>

export const attributes = z.object({
  owner: z.object({ lab: z.string(), address: z.string() }).optional().describe('Whose line of /etc/fstab it is'),
  source: z.string(),
  target: z.string(),
  version: z.string().optional().describe('Of NFS, while it is mounted'),
  readOnly: z.boolean(),
  automount: z.boolean(),
  options: z.array(z.string()),
  mounted: z.boolean().describe('It is mounted now; one that is mounted when it is first used may not be'),
  ready: z.boolean().describe('It is mounted, or will be when it is first used'),
  saved: z.boolean().describe('/etc/fstab has it, so that it is mounted after the host has started again'),
})
export type Attributes = z.output<typeof attributes>

/** Words that say how it is mounted when the host starts: without them a server that is away keeps the host from starting. */
const bootWords = ['_netdev', 'nofail']
const automountWord = 'x-systemd.automount'
/** fstab's words for programs begin with x-, and mount keeps them to itself. */
const ownerWord = 'x-lares.owner='

const wordsOf = ({ version, readOnly, automount, options }: Inputs, owner: Owner): string[] => [
  readOnly ? 'ro' : 'rw',
  ...(version === undefined ? [] : [`vers=${version}`]),
  ...options,
  ...bootWords,
  ...(automount ? [automountWord] : []),
  `${ownerWord}${owner.lab}/${owner.address}`,
]

function ownerOf({ options }: FstabEntry): Owner | undefined {
  const mark = options.find((word) => word.startsWith(ownerWord))?.slice(ownerWord.length)
  const [lab, ...address] = mark?.split('/') ?? []
  return lab === undefined || address.length === 0 ? undefined : { lab, address: address.join('/') }
}

export const isOpen = (source: Inputs['source']): boolean =>
  isUnknown(source) || (typeof source === 'object' && Object.values(source).some(isUnknown))

/** As mount(8) takes it. */
export const locationIn = ({ source }: Pick<Inputs, 'source'>): string =>
  typeof source === 'string' ? source : locationOf(source)

/** The line of fstab. */
export const entryOf = (wanted: Inputs, owner: Owner): FstabEntry => ({
  source: locationIn(wanted),
  target: wanted.target,
  type: 'nfs',
  options: wordsOf(wanted, owner),
  dump: 0,
  pass: 0,
})

/** What a line of fstab says, as inputs would. */
function said({
  source,
  target,
  options,
}: FstabEntry): Omit<Inputs, 'source' | 'forceUnmount' | 'user' | 'probe'> & { source: string } {
  const version = options.map((word) => /^(?:nfs)?vers=(.*)$/.exec(word)?.[1]).find((found) => found !== undefined)
  return {
    source,
    target,
    ...(version === undefined ? {} : { version: version as Inputs['version'] }),
    readOnly: options.includes('ro'),
    automount: options.includes(automountWord),
    options: options.filter((word) => !isOwn(word)),
  }
}

/** What differs of a live mount from what is wanted, of what the kernel tells as it was told. */
function isStale(
  live: MountInfo,
  wanted: { source: string; readOnly: boolean; version?: string | undefined; options: readonly string[] },
): boolean {
  const { readOnly, version } = nfsMount(live) ?? { readOnly: false }
  if (live.source !== wanted.source || readOnly !== wanted.readOnly) return true
  const asked = wanted.version
  if (asked !== undefined && version !== asked && !(asked === '4' && version?.startsWith('4'))) return true
  const told = new Set([...live.options, ...live.superOptions])
  const names = new Set([...told].map((word) => word.split('=')[0]))
  const negotiated = new Set(['rsize', 'wsize'])
  return wanted.options.some((word) => {
    const [name = ''] = word.split('=')
    if (negotiated.has(name) || word.startsWith('x-')) return false
    if (told.has(word)) return false
    return names.has(name) || ['soft', 'hard', 'noatime', 'nodiratime', 'noexec', 'nosuid', 'nodev'].includes(word)
  })
}

/** What is at a target, of what the host is told to mount and of what it has mounted. */
export function attributesOf(
  { saved, live, systemd }: MountsState,
  target: string,
  recorded?: Attributes,
): Attributes | null {
  const lines = saved.filter((entry) => entry.target === target)
  const [line] = lines
  if (lines.length > 1 || (line && !isNfs(line)))
    return fail({
      code: 'target_in_use',
      path: 'target',
      summary: `/etc/fstab has ${lines.length > 1 ? `${lines.length} lines` : `another file system (${line!.source})`} for ${target}`,
      advice: 'Take them out of there, or choose another target.',
    })
  const seen = mountAt(live, target)
  const mounted = seen?.type === 'autofs' ? undefined : seen
  if (mounted && !isNfs(mounted))
    return fail({
      code: 'target_in_use',
      path: 'target',
      summary: `${target} is the place of another mount: ${mounted.source} (${mounted.type})`,
    })
  if (!line && !mounted) return null
  const waits = live.some((each) => each.target === target && each.type === 'autofs')
  const told = line && said(line)
  const stale = mounted !== undefined && told !== undefined && isStale(mounted, told)
  const { version, readOnly = false } = (mounted && nfsMount(mounted)) ?? {}
  // Our line was lost, and what we mounted is still there: that is ours.
  const owner = line ? ownerOf(line) : mounted?.source === recorded?.source ? recorded?.owner : undefined
  return {
    ...(owner ? { owner } : {}),
    source: told && !stale ? told.source : (mounted?.source ?? ''),
    target,
    ...(version === undefined ? {} : { version }),
    readOnly: stale || !told ? readOnly : told.readOnly,
    automount: told?.automount ?? waits,
    options: told?.options ?? [],
    mounted: mounted !== undefined,
    ready: (mounted !== undefined && !stale) || (waits && systemd && !stale),
    saved: told !== undefined,
  }
}
