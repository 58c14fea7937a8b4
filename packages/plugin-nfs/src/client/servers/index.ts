import type { Host } from '@lares/transport'
import { ganeshaServer } from './ganesha.ts'
import { kernelServer } from './kernel.ts'
import type { ExportServer, LiveExport, ServerKind } from './server.ts'

export type {
  DirectoryState,
  ExportServer,
  ExportsChange,
  ExportsQuery,
  ExportsState,
  LiveExport,
  ServerKind,
  WrittenExport,
} from './server.ts'
export { serverKinds } from './server.ts'

export const exportServers: Readonly<Record<ServerKind, ExportServer>> = {
  kernel: kernelServer,
  ganesha: ganeshaServer,
}

/** Everything that a server of the host exports now, by whomever it was told to. Rejects with a HostError. */
export async function listExports(
  host: Host,
  kind: ServerKind = 'kernel',
  signal?: AbortSignal,
): Promise<readonly LiveExport[]> {
  return (await exportServers[kind].read(host, { lab: '', paths: [] }, signal)).live
}
