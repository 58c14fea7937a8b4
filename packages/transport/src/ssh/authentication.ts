import { readFile } from 'node:fs/promises'
import type { AnyAuthMethod, BaseAgent, ParsedKey } from 'ssh2'
import type { SshSettings } from './settings.ts'
import { once, readOptional } from './user-file.ts'

/** Asked only when they are needed; undefined means that there is none. */
export interface Secrets {
  /** Passphrase of an encrypted private key. */
  readonly passphrase?: ((keyFile: string) => string | undefined | Promise<string | undefined>) | undefined
  /** Password of a login, `user@host:port`. */
  readonly password?: ((login: string) => string | undefined | Promise<string | undefined>) | undefined
}

/** The ways to log in, in the order of OpenSSH, and what became of them for the diagnostic. */
export interface Authentication {
  readonly methods: AsyncIterator<AnyAuthMethod, undefined>
  readonly notes: string[]
}

export function authentication(settings: SshSettings, secrets: Secrets): Authentication {
  const notes: string[] = []
  return { methods: methods(settings, secrets, notes), notes }
}

async function* methods(
  settings: SshSettings,
  secrets: Secrets,
  notes: string[],
): AsyncGenerator<AnyAuthMethod, undefined> {
  const { user: username, identityFiles, agentSocket } = settings
  const publicKeys = new Map<string, string>()
  for (const file of identityFiles) {
    const key = (await readOptional(`${file}.pub`).catch(() => undefined))?.split(/\s+/)[1]
    if (key) publicKeys.set(key, file)
  }

  const offered = new Set<string>()
  if (agentSocket === undefined) notes.push('no SSH agent')
  else {
    notes.push(`tried the keys of the agent at ${agentSocket}`)
    yield { type: 'agent', username, agent: await agent(agentSocket, settings, publicKeys, offered) }
  }

  for (const file of identityFiles) {
    const publicKey = [...publicKeys].find(([, of]) => of === file)?.[0]
    if (publicKey !== undefined && offered.has(publicKey)) continue
    const key = await privateKey(file, secrets, notes)
    if (!key) continue
    notes.push(`tried ${file}`)
    yield { type: 'publickey', username, key }
  }

  const login = `${username}@${settings.hostName}:${settings.port}`
  const password = await secrets.password?.(login)
  if (password === undefined) return
  notes.push('tried the password')
  yield { type: 'password', username, password }
  yield {
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _language, prompts, answer) => answer(prompts.map(() => password)),
  }
}

/** The agent, its configured keys first: a server gives up after a few tries. */
async function agent(
  socket: string,
  { identitiesOnly }: SshSettings,
  configured: ReadonlyMap<string, string>,
  offered: Set<string>,
): Promise<BaseAgent> {
  const { createAgent } = (await import('ssh2')).default
  const wrapped = createAgent(socket) as BaseAgent<ParsedKey>
  const getIdentities = wrapped.getIdentities.bind(wrapped)
  wrapped.getIdentities = (callback) =>
    getIdentities((error, answer) => {
      const keys = ((answer ?? []) as ParsedKey[]).map((key) => ({ key, name: key.getPublicSSH().toString('base64') }))
      const first = keys.filter(({ name }) => configured.has(name))
      const rest = identitiesOnly ? [] : keys.filter(({ name }) => !configured.has(name))
      const chosen = [...first, ...rest]
      for (const { name } of chosen) offered.add(name)
      callback(
        error ?? undefined,
        chosen.map(({ key }) => key),
      )
    })
  return wrapped
}

async function privateKey(file: string, secrets: Secrets, notes: string[]): Promise<ParsedKey | undefined> {
  const { utils } = (await import('ssh2')).default
  const read = async () => {
    const text = await readFile(file)
    return { text, plain: firstKey(utils.parseKey(text)) }
  }
  let found: Awaited<ReturnType<typeof read>>
  try {
    found = await once(`key ${file}`, read)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') notes.push(`can't read ${file}: ${message}`)
    return undefined
  }
  const { text, plain } = found
  if (!(plain instanceof Error)) return plain
  if (!/encrypted/i.test(plain.message)) {
    notes.push(`${file} is not a private key that can be used: ${plain.message}`)
    return undefined
  }
  const passphrase = await secrets.passphrase?.(file)
  if (passphrase === undefined) {
    notes.push(`${file} is encrypted and no passphrase was given; \`ssh-add ${file}\` gives it to the agent`)
    return undefined
  }
  const opened = firstKey(utils.parseKey(text, passphrase))
  if (!(opened instanceof Error)) return opened
  notes.push(`the passphrase for ${file} is wrong`)
  return undefined
}

/** One file can hold several keys for the parser, though OpenSSH writes only one. */
function firstKey(parsed: ParsedKey | ParsedKey[] | Error): ParsedKey | Error {
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key in it')) : parsed
}
