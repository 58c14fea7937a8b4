import { extname } from 'node:path'
import { type Lab, LaresError, milliseconds, type Plugin, problem } from '@lares/core'
import { findConfig } from './find.ts'
import { pluginFinder } from './plugins.ts'

export interface LoadedLab {
  lab: Lab
  file: string
  /** A plugin by its package, for what is in state only. Rejects when it is there and broken. */
  loadPlugin(packageName: string): Promise<Plugin | undefined>
}

export interface LoadOptions {
  cwd: string
  config?: string | undefined
  /** As text, `30s`. */
  timeout?: string | undefined
}

/** Finds the config and loads the lab and the plugins that it names. Validation is left to the model. */
export async function loadLab({ cwd, config, timeout = '30s' }: LoadOptions): Promise<LoadedLab> {
  const limit = milliseconds(timeout, '--config-timeout')
  const file = await findConfig(cwd, config)
  const findPlugin = pluginFinder(file)
  const isDocument = ['.yaml', '.yml', '.json'].includes(extname(file))
  const lab = isDocument
    ? await (await import('./document.ts')).loadDocument(file, findPlugin)
    : await (await import('./module.ts')).loadModule(file, limit)
  return {
    lab,
    file,
    async loadPlugin(packageName) {
      const found = await findPlugin(packageName)
      if ('plugin' in found) return found.plugin
      if (found.problem.code === 'plugin_missing') return undefined
      throw new LaresError([problem(found.problem)])
    },
  }
}
