import { createEngine, type Engine, type EventListener, fail } from '@lares/core'
import { openKey } from './key.ts'
import type { OpenLab } from './lab.ts'
import { secretReader } from './secrets.ts'

export interface EngineOptions {
  env: NodeJS.ProcessEnv
  parallelism?: string | undefined
  onEvent?: EventListener
  signal?: AbortSignal
  abort?: AbortSignal
}

/** The engine for a lab, with what only the command knows: the key, the secrets, the plugins, the signals. */
export async function engineFor(opened: OpenLab, options: EngineOptions): Promise<Engine> {
  const { env, parallelism, onEvent, signal, abort } = options
  const limit = parallelism === undefined ? undefined : positiveInteger(parallelism)
  const key = await openKey({ file: opened.keyFile, env, readState: () => opened.store.read() })
  return createEngine({
    store: opened.store,
    key,
    readSecret: secretReader(opened.directory, env),
    loadPlugin: opened.loadPlugin,
    ...(limit === undefined ? {} : { parallelism: limit }),
    ...(onEvent ? { onEvent } : {}),
    ...(signal ? { signal } : {}),
    ...(abort ? { abort } : {}),
  })
}

function positiveInteger(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  return fail({ code: 'usage', summary: `--parallelism takes a whole number from 1, and "${text}" is none` })
}
