import * as z from 'zod'
import { exportClient } from './export-client.ts'

/** What an export tells a mount: enough to see at plan time whether the two go together. */
export const exportSource = z.object({
  server: z.string().describe('Where clients reach it'),
  path: z.string(),
  clients: z.array(exportClient),
  directory: z
    .object({ uid: z.int(), gid: z.int(), mode: z.string().describe('Four octal digits') })
    .optional()
    .describe('Whose it is, while it is there'),
  versions: z
    .array(z.string())
    .optional()
    .describe('Of NFS, that the server speaks: `4.2`; absent while it does not run'),
})
export type ExportSource = z.output<typeof exportSource>

/** As mount(8) takes it; an IPv6 address stands in brackets. */
export const locationOf = ({ server, path }: Pick<ExportSource, 'server' | 'path'>): string =>
  `${server.includes(':') ? `[${server}]` : server}:${path}`
