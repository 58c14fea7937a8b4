import { dirname, join } from 'node:path'
import { fileStore, milliseconds, type StateStore } from '@lares/core'
import { type LoadedLab, loadLab } from './config/load.ts'

export interface OpenLab extends LoadedLab {
  /** Where the config is: secrets and plugins are found from here. */
  directory: string
  /** Where the state is. */
  stateDirectory: string
  keyFile: string
  store: StateStore
}

interface LabInvocation {
  cwd: string
  values: { config?: string | undefined; 'config-timeout'?: string | undefined; 'lock-timeout'?: string | undefined }
}

/** Loads the lab of an invocation, and finds its state beside the config. */
export async function openLab({ cwd, values }: LabInvocation): Promise<OpenLab> {
  const loaded = await loadLab({ cwd, config: values.config, timeout: values['config-timeout'] })
  const directory = dirname(loaded.file)
  const stateDirectory = join(directory, '.lares')
  const wait = milliseconds(values['lock-timeout'] ?? 0, '--lock-timeout')
  return {
    ...loaded,
    directory,
    stateDirectory,
    keyFile: join(stateDirectory, 'key'),
    store: fileStore(stateDirectory, loaded.lab.name, { wait }),
  }
}
