import { type Change, canonical, formatPath } from '@lares/core'
import * as z from 'zod'
import { canonicalClient } from '../client/formats/export-client.ts'
import { type ExportOptions, formatExportOptions, parseExportOptions } from '../client/formats/export-options.ts'

const id = z.number().int().min(0).max(4_294_967_295)

/** Words and defaults are those of exports(5), but for `access`. */
const fields = z.strictObject({
  host: z
    .string()
    .regex(/^[^\s()#"\\]+$/, 'Expected an address, a network, a name, @netgroup or *')
    .describe('`10.0.0.5`, `10.0.0.0/24`, `plex.lan`, `*.lan`, `@netgroup`, or `*` for whoever asks'),
  access: z.enum(['ro', 'rw']).default('ro').describe('Whether it may write'),
  sync: z.boolean().default(true).describe('What it writes is on the disk before it is told so'),
  squash: z
    .enum(['root', 'all', 'none'])
    .default('root')
    .describe('Whose files are taken for those of the anonymous user: of root, of all, of nobody'),
  anonUid: id.default(65_534).describe('Number of the anonymous user'),
  anonGid: id.default(65_534).describe('Number of its group'),
  sec: z
    .array(z.enum(['sys', 'krb5', 'krb5i', 'krb5p', 'none']))
    .min(1)
    .default(['sys'])
    .describe('How users are told apart; with `sys` the client says who they are'),
  fsid: z
    .union([z.int().min(1), z.literal('root'), z.string().regex(/^[0-9a-f-]{32,36}$/i, 'Expected a UUID')])
    .optional()
    .describe('What names the file system where it has no UUID; `root` for the root of NFSv4'),
  crossmnt: z.boolean().default(false).describe('What is mounted below it is exported, too'),
  subtreeCheck: z.boolean().default(false).describe('Every access is checked to lie in the exported part'),
  mountpoint: z
    .union([z.literal(true), z.string().startsWith('/')])
    .optional()
    .describe('It is exported only while something is mounted there: `true`, or at this path'),
  secure: z.boolean().default(true).describe('Only from ports below 1024'),
  hide: z
    .boolean()
    .default(true)
    .describe('A file system that is mounted below another exported one shows by its own export alone'),
  wdelay: z.boolean().default(true).describe('Writes wait a moment for others; matters with `sync`'),
  options: z
    .array(z.string().regex(/^[^\s,()#"\\]+$/, 'Expected one word of exports(5)'))
    .default([])
    .describe('Further words of exports(5)'),
})
export type ExportClientInputs = z.output<typeof fields>

const optionsOf = ({ host: _, options, secure, ...rest }: ExportClientInputs): ExportOptions =>
  parseExportOptions([...formatExportOptions({ ...rest, insecure: !secure }), ...options])

/** The words that exportfs takes. */
export const wordsOf = (client: ExportClientInputs): string[] => formatExportOptions(optionsOf(client))

/** Who may have an export, and how. One word that exportfs refuses would end the whole file for it, and all exports behind it. */
export const exportClient = fields.superRefine((client, { addIssue }) => {
  try {
    wordsOf(client)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    addIssue({ code: 'custom', path: ['options'], message: `exportfs would not take this: ${error.message}` })
  }
})

/** The same text for clients that mean the same. */
export const meaningOf = (client: ExportClientInputs): string => canonical(optionsOf(client))

const ordinary = new Set(formatExportOptions({}))

/** What the server answers with, as one would ask for it. */
export function clientOf(host: string, words: readonly string[]): ExportClientInputs {
  const {
    insecure,
    secureLocks,
    acl,
    readdirplus,
    securityLabel,
    pnfs,
    rest,
    exceptions: _,
    ...options
  } = parseExportOptions(words)
  const further = formatExportOptions({ secureLocks, acl, readdirplus, securityLabel, pnfs, rest })
  return exportClient.parse({
    ...{ host, ...options, secure: !insecure, sec: [...options.sec] },
    options: further.filter((word) => !ordinary.has(word)),
  })
}

/** What differs, a line for each client, in the words of exports(5). */
export function clientChanges(
  desired: readonly ExportClientInputs[],
  observed: readonly ExportClientInputs[],
  recorded: readonly z.input<typeof exportClient>[] | undefined,
): Change[] {
  const of = (clients: readonly ExportClientInputs[]) =>
    new Map(clients.map((client) => [canonicalClient(client.host), wordsOf(client).join(',')]))
  const [wanted, found] = [of(desired), of(observed)]
  const last = exportClient.array().safeParse(recorded ?? [])
  const before = of(last.data ?? [])
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((host): Change[] => {
    const after = wanted.get(host)
    if (found.get(host) === after) return []
    const cause = recorded !== undefined && before.get(host) === after ? 'drifted' : 'changed'
    return [{ path: formatPath(['clients', host]), before: found.get(host), after, effect: 'live', cause }]
  })
}
