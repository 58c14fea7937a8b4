import { createHash } from 'node:crypto'
import { canonical, fail, type Owner } from '@lares/core'
import { isDockerError } from '../../client/index.ts'
import type { HookPart, Hooks } from '../../compose/translate/parts.ts'
import type { DockerConnection } from '../../provider.ts'
import { readParts } from './files.ts'
import type { FoundContainer } from './found.ts'
import type { ComposeInputs } from './schema.ts'

/** The label of a container with hooks: the digest of those that are run after its start, which nothing else tells. */
export const HOOKS_LABEL = 'dev.lares.hooks'

const digest = (hooks: readonly HookPart[]): string =>
  `sha256:${createHash('sha256').update(canonical(hooks)).digest('hex')}`
const NONE = digest([])

export const hooksLabel = ({ postStart, preStop }: Hooks): Record<string, string> =>
  postStart.length + preStop.length > 0 ? { [HOOKS_LABEL]: digest(postStart) } : {}

/** Whether a container was started with other hooks. */
export const hasOtherHooks = (
  labels: Readonly<Record<string, string>> | null | undefined,
  { postStart }: Hooks,
): boolean => (labels?.[HOOKS_LABEL] ?? NONE) !== digest(postStart)

interface Context {
  connection: DockerConnection
  signal: AbortSignal
  log(message: string): void
}

const DAY_MS = 86_400_000
const SHOWN = 2000

/** Runs hooks in a container, one after the other. @throws LaresError `hook_failed` for the first that fails */
export async function runHooks(
  { connection: { containers }, signal, log }: Context,
  which: keyof Hooks,
  { id, name }: { id: string; name: string },
  hooks: Hooks | undefined,
): Promise<void> {
  const attribute = { postStart: 'post_start', preStop: 'pre_stop' }[which]
  for (const [index, { command, ...options }] of (hooks?.[which] ?? []).entries()) {
    log(`${name}: running ${attribute}[${index}]`)
    const decoder = new TextDecoder()
    let said = ''
    const onOutput = ({ data }: { data: Uint8Array }) => {
      said = (said + decoder.decode(data, { stream: true })).slice(-SHOWN)
    }
    const { exitCode } = await containers
      .exec(id, command, { ...options, timeoutMs: DAY_MS, signal, onOutput })
      .catch((error: unknown) => {
        // One that ended by itself in the meantime needs nothing before its stop.
        if (which === 'preStop' && isDockerError(error, 'not_found', 'conflict')) return { exitCode: 0 }
        throw error
      })
    if (exitCode === 0) continue
    const summary = `${attribute}[${index}] of ${name} ended with code ${exitCode}`
    fail({ code: 'hook_failed', summary, ...(said === '' ? {} : { detail: said.trimEnd() }) })
  }
}

/**
 * Hooks by service, as the files say, for containers of which some have any; none when the files can't be read: without them a
 * project can be stopped all the same.
 */
export async function hooksOfFiles(
  context: Context & { inputs: ComposeInputs | undefined; owner: Owner },
  containers: readonly FoundContainer[],
): Promise<ReadonlyMap<string, Hooks>> {
  const { inputs, owner, connection, signal, log } = context
  if (!inputs || !containers.some(({ inspect }) => inspect.Config.Labels?.[HOOKS_LABEL])) return new Map()
  try {
    const { services } = await readParts(inputs, owner, { connection, signal, warn: () => {} })
    return new Map(services.map(({ name, hooks }) => [name, hooks]))
  } catch (error) {
    signal.throwIfAborted()
    log(`going on without hooks, because the files can't be read: ${(error as Error).message}`)
    return new Map()
  }
}
