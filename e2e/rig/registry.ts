import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { privateRegistry, registryAddress, rigDir } from './layout.ts'

/** `privateRegistry.password` under bcrypt, as the registry wants it. */
const htpasswd = `${privateRegistry.username}:$2b$05$larestestlarestestlareSX5dMw2I6TyBVywxYeUq4GTYZQpY8M2\n`

/** The folder of the open registry's images. */
export const registryData = join(rigDir, 'registry')

/** Starts the open registry, with the images found in `seed` if that exists; pushes and deletions are allowed. */
export async function startRegistry(seed: string | undefined, signal: AbortSignal): Promise<void> {
  if (seed !== undefined) await cp(seed, registryData, { recursive: true })
  await serve('registry', registryAddress, registryData, {}, 200, signal)
}

/** Starts the registry that wants a login. */
export async function startPrivateRegistry(signal: AbortSignal): Promise<void> {
  const file = join(rigDir, 'htpasswd')
  await writeFile(file, htpasswd)
  const auth = { htpasswd: { realm: 'lares-rig', path: file } }
  await serve('private-registry', privateRegistry.address, join(rigDir, 'private-registry'), { auth }, 401, signal)
}

async function serve(name: string, address: string, data: string, more: object, status: number, signal: AbortSignal) {
  await mkdir(data, { recursive: true })
  const config = join(rigDir, `${name}.yml`)
  const storage = { filesystem: { rootdirectory: data }, delete: { enabled: true } }
  await writeFile(
    config,
    JSON.stringify({ version: '0.1', log: { level: 'warn' }, storage, http: { addr: address }, ...more }),
  )
  const ready = async (attempt: AbortSignal) =>
    (await fetch(`http://${address}/v2/`, { signal: attempt })).status === status
  await startDaemon(name, ['docker-registry', 'serve', config], { ready, signal })
}
