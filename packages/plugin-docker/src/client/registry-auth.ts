import { homedir } from 'node:os'
import { join } from 'node:path'
import { DockerError } from './error.ts'

/** What a registry is told; never shown or logged. */
export type RegistryCredential =
  | { username: string; password: string; serveraddress: string }
  | { identitytoken: string; serveraddress: string }

/** The credential for a registry such as `docker.io` or `ghcr.io`, or undefined to go without. */
export type RegistryCredentials = (registry: string, signal?: AbortSignal) => Promise<RegistryCredential | undefined>

export type DockerConfigOptions = {
  /** Directory of Docker's `config.json`; `~/.docker` when absent. */
  directory?: string
  /** Reads a file, or gives undefined when there is none. */
  readFile?: (path: string) => Promise<string | undefined>
  /** Runs a credential helper with its input; gives its output, or undefined when it knows no credential. */
  runCredentialHelper?: (program: string, input: string, signal?: AbortSignal) => Promise<string | undefined>
}

type DockerConfig = {
  auths?: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>
  credHelpers?: Record<string, string>
  credsStore?: string
}

const DOCKER_HUB = 'https://index.docker.io/v1/'
const HELPER_TIMEOUT_MS = 30_000

/**
 * Credentials as `docker login` keeps them: in `auths`, or with the credential helpers that `config.json` names. The file
 * is read once, when the first credential is asked for.
 */
export function readDockerConfig(options: DockerConfigOptions = {}): RegistryCredentials {
  const { directory = join(homedir(), '.docker'), readFile = readTextFile, runCredentialHelper = runHelper } = options
  const path = join(directory, 'config.json')
  let config: Promise<DockerConfig> | undefined
  return async (registry, signal) => {
    config ??= readFile(path).then((text) => parseConfig(path, text))
    const { auths = {}, credHelpers = {}, credsStore } = await config
    const keys = keysOf(registry)
    const helper = keys.map((key) => credHelpers[key]).find(Boolean) ?? credsStore
    const serveraddress = keys[0]!
    if (helper) {
      const answer = await runCredentialHelper(`docker-credential-${helper}`, serveraddress, signal)
      if (answer !== undefined) return fromHelper(helper, answer, serveraddress)
    }
    const entry = keys.map((key) => auths[key]).find(Boolean)
    return entry && fromEntry(entry, serveraddress)
  }
}

/** The spellings under which `docker login` may have filed a registry. */
const keysOf = (registry: string): string[] =>
  registry === 'docker.io'
    ? [DOCKER_HUB, 'index.docker.io', 'docker.io', 'registry-1.docker.io']
    : [registry, `https://${registry}`, `https://${registry}/`, `https://${registry}/v1/`, `https://${registry}/v2/`]

function parseConfig(path: string, text: string | undefined): DockerConfig {
  if (text === undefined) return {}
  try {
    return JSON.parse(text) as DockerConfig
  } catch {
    throw new DockerError('credentials', `${path} is not valid JSON`)
  }
}

function fromEntry(
  { auth, username, password, identitytoken }: NonNullable<DockerConfig['auths']>[string],
  serveraddress: string,
): RegistryCredential | undefined {
  if (identitytoken) return { identitytoken, serveraddress }
  if (username !== undefined && password !== undefined) return { username, password, serveraddress }
  const decoded = Buffer.from(auth ?? '', 'base64').toString()
  const colon = decoded.indexOf(':')
  if (colon < 0) return undefined
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), serveraddress }
}

/** A user name of `<token>` says that the secret is an identity token. */
function fromHelper(helper: string, answer: string, serveraddress: string): RegistryCredential {
  const { Username, Secret } = parseAnswer(helper, answer)
  if (Username === '<token>') return { identitytoken: Secret, serveraddress }
  return { username: Username, password: Secret, serveraddress }
}

function parseAnswer(helper: string, answer: string): { Username: string; Secret: string } {
  try {
    return JSON.parse(answer)
  } catch {
    throw new DockerError('credentials', `docker-credential-${helper} did not answer with JSON`)
  }
}

async function readTextFile(path: string): Promise<string | undefined> {
  const { readFile } = await import('node:fs/promises')
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new DockerError('credentials', `${path} cannot be read: ${error.code}`)
  })
}

async function runHelper(program: string, input: string, signal?: AbortSignal): Promise<string | undefined> {
  const { execa } = await import('execa')
  const result = await execa(program, ['get'], {
    input,
    reject: false,
    timeout: HELPER_TIMEOUT_MS,
    ...(signal && { cancelSignal: signal }),
  })
  if (!result.failed) return result.stdout
  if (/credentials not found/i.test(result.stdout)) return undefined
  const reason = result.code === 'ENOENT' ? 'is not installed' : `failed with exit code ${result.exitCode ?? 'none'}`
  throw new DockerError('credentials', `${program} ${reason}`)
}
