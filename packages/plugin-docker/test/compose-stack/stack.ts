import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type AnyResource, secret } from '@lares/core'
import { onTestFinished } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { type DockerClient } from '../../src/index.ts'

export const PASSWORD = "it's between us"
export const secrets = { DB_PASSWORD: PASSWORD }

const page = 'http://127.0.0.1:18095/'
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export interface Variables {
  db?: string
  proxy?: string
  app?: string
  author?: string
  connections?: number
}

/** The lab of the stack; `more` are further Compose files, written over the first one. */
export function stack(variables: Variables = {}, more: readonly string[] = []): AnyResource[] {
  const { images } = rig()
  const {
    db = images.mariadb,
    proxy = images.web,
    app = 'notes:good',
    author = 'somebody',
    connections = 50,
  } = variables
  const environment = {
    ...{
      PROXY_IMAGE: proxy,
      APP_IMAGE: app,
      DB_IMAGE: db,
      CLIENT_IMAGE: images.mariadb,
      AUTHOR: author,
      CONNECTIONS: connections,
    },
    DB_PASSWORD: secret.env('DB_PASSWORD'),
  }
  return [docker.compose('notes', { file: [here('compose.yaml'), ...more], environment })]
}

/** A file that is gone with the test. */
export async function fileWith(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-stack-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'override.yaml')
  await writeFile(file, text)
  return file
}

/** The app's image, one of it that exits at once, and one that runs and does nothing. */
export async function buildApps(client: DockerClient): Promise<void> {
  const directory = here('notes')
  await client.images.pull(rig().images.mariadb)
  await client.images.build({ directory, tags: ['notes:good'], args: { BASE: rig().images.mariadb } })
  for (const [tag, command] of [
    ['exits', 'echo no notes today >&2; exit 7'],
    ['idles', `trap 'exit 0' TERM; while :; do sleep 0.1; done`],
  ]) {
    const dockerfileInline = `FROM notes:good\nCMD ${JSON.stringify(['sh', '-c', command])}\n`
    await client.images.build({ directory, dockerfileInline, tags: [`notes:${tag}`] })
  }
}

/** Ids of the stack's containers, by name. */
export async function idsOf(client: DockerClient): Promise<Record<string, string>> {
  const listed = await client.containers.list({ labels: { 'com.docker.compose.project': 'notes' } })
  return Object.fromEntries(listed.map(({ name, id }) => [name, id]).toSorted())
}

/** What the database says, as its root. */
export async function query(client: DockerClient, sql: string): Promise<string[]> {
  const command = ['mariadb', '--skip-column-names', `--execute=${sql}`, 'notes'] as const
  const { exitCode, stdout, stderr } = await client.containers.exec('notes-db-1', command)
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.split('\n').slice(0, -1)
}

/** Asks for the page again and again, as a family does. */
export interface Visitor {
  /** The numbers of all rows that the app was told are committed, as far as it could be asked. */
  told: ReadonlySet<string>
  /** Resolves when a row is told that was not before. */
  sawNews(): Promise<void>
  /** @returns the longest time without an answer, in milliseconds */
  leave(): Promise<number>
}

const PATIENCE_MS = 30_000

export function visit(): Visitor {
  const told = new Set<string>()
  const leaving = new AbortController()
  let answered = performance.now()
  let longest = 0
  const visiting = keepAsking()
  return {
    told,
    async sawNews() {
      const before = told.size
      const end = performance.now() + PATIENCE_MS
      while (told.size === before) {
        if (performance.now() > end) throw new Error(`no new row in ${PATIENCE_MS} ms`)
        await delay(20)
      }
    },
    async leave() {
      leaving.abort()
      await visiting
      return Math.max(longest, performance.now() - answered)
    },
  }

  async function keepAsking(): Promise<void> {
    while (!leaving.signal.aborted) {
      const answer = await fetch(page, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
      const text = answer?.ok ? await answer.text().catch(() => undefined) : undefined
      if (text !== undefined) {
        longest = Math.max(longest, performance.now() - answered)
        answered = performance.now()
        for (const id of text.split('\n').slice(0, -1)) told.add(id)
      }
      await delay(30)
    }
  }
}
