import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** What the tests and the benchmarks fetch stays here. Inside the rig HOME is another one, and it is still found. */
export const peersCache = join(
  process.env.XDG_CACHE_HOME || join(userInfo().homedir || homedir(), '.cache'),
  'lares-bench-peers',
)

const folder = join(peersCache, 'compose-v2')

/** Docker Compose v2 (2.26.1): the peer that Compose projects are compared with. It is there after `fetchCompose`. */
export const composeCommand = join(folder, 'usr/libexec/docker/cli-plugins/docker-compose')

/**
 * Fetches Compose v2 unless it is there: Debian 13's package, unpacked aside and not installed, for it is one static
 * program that runs on Debian 12 as it is. Returns whether it had to; throws with apt's message when it can't.
 */
export async function fetchCompose(signal: AbortSignal): Promise<boolean> {
  if (await isThere(composeCommand)) return false
  const fresh = `${folder}.${process.pid}`
  try {
    await mkdir(fresh, { recursive: true })
    await download(fresh, signal)
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!(await isThere(composeCommand))) throw error
  }
  return true
}

async function download(into: string, signal: AbortSignal): Promise<void> {
  const limits = { timeout: 900_000, env: { LC_ALL: 'C' }, cancelSignal: signal }
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], limits)
  const [mirror] = stdout.split('\n')
  const sources = join(into, 'sources.list')
  for (const name of ['lists/partial', 'archives/partial', 'cache']) await mkdir(join(into, name), { recursive: true })
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  await writeFile(sources, `deb [signed-by=${keyring}] ${mirror} trixie main\n`)
  const settings = Object.entries({
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(into, 'lists'),
    'Dir::Cache': join(into, 'cache'),
    'APT::Sandbox::User': 'root',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  await execa('apt-get', ['-q', ...settings, 'update'], limits)
  await execa('apt-get', ['-q', ...settings, 'download', 'docker-compose'], { ...limits, cwd: into })
  for (const file of (await readdir(into)).filter((name) => name.endsWith('.deb'))) {
    await execa('dpkg-deb', ['-x', join(into, file), into], limits)
    await rm(join(into, file))
  }
  for (const name of ['lists', 'archives', 'cache']) await rm(join(into, name), { recursive: true, force: true })
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
