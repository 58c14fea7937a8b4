import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode, fail, type LabKey, labKey, type State } from '@lares/core'

export interface KeySource {
  /** `.lares/key` of the lab. */
  file: string
  env: NodeJS.ProcessEnv
  /** The state, to tell a lab that is new from one whose key was lost. */
  readState(): Promise<State>
}

/** Where the key comes from, for people. */
export const keyOrigin = ({ file, env }: Pick<KeySource, 'file' | 'env'>): string =>
  env['LARES_KEY'] ? 'LARES_KEY' : (env['LARES_KEY_FILE'] ?? file)

/** The lab's key: from the environment, from its file, or new when the lab has none yet. Rejects with `key_missing`, `key_broken`. */
export async function openKey(source: KeySource): Promise<LabKey> {
  const { file, env } = source
  if (env['LARES_KEY']) return checked(env['LARES_KEY'], 'LARES_KEY')
  const elsewhere = env['LARES_KEY_FILE']
  const text = await readKey(elsewhere ?? file)
  if (text !== undefined) return checked(text, elsewhere ?? file)
  if (elsewhere !== undefined) {
    return fail({ code: 'key_missing', summary: `There is no key in ${elsewhere}, which LARES_KEY_FILE names` })
  }
  if (hasSecrets(await source.readState())) {
    return fail({
      code: 'key_missing',
      summary: 'The key of this lab is missing, and its state holds secrets that were made with it',
      detail: `Looked in ${file}, LARES_KEY_FILE and LARES_KEY.`,
      advice: `Bring the key back from a backup, or give it in LARES_KEY. Without it, "lares state forget" drops what cannot be read.`,
    })
  }
  return checked(await writeKey(file), file)
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    return fail({ code: 'key_missing', summary: `The key ${file} cannot be read: ${errorCode(error)}` }, error)
  }
}

function checked(text: string, origin: string): LabKey {
  const key = text.trim()
  if (/^[A-Za-z0-9_-]{43}$/.test(key)) return labKey(key)
  return fail({
    code: 'key_broken',
    summary: `What is in ${origin} is no key of a lab`,
    advice: 'A key is 32 random bytes as base64url, 43 characters.',
  })
}

/** Writes a new key so that it is there whole or not at all; of two runs at once the first one's counts. */
async function writeKey(file: string): Promise<string> {
  const key = randomBytes(32).toString('base64url')
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${key}\n`)
    await handle.sync()
    await link(draft, file)
    return key
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return await readFile(file, 'utf8')
    throw error
  } finally {
    await handle.close()
    await rm(draft, { force: true })
  }
}

/** True when something in the state was made with a key. */
function hasSecrets({ resources, kept, outputs }: State): boolean {
  const text = JSON.stringify([resources, kept, outputs])
  return text.includes('"$lares":"secret"') || text.includes('"sealed":')
}
