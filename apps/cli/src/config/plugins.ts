import { createRequire } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { errorCode, type Plugin, pluginOf, type problem } from '@lares/core'
import { moduleProblem } from './module-error.ts'

/** What `problem` makes an error of. */
export type Problem = Parameters<typeof problem>[0]

/** A plugin, or why there is none. */
export type Found = { plugin: Plugin } | { problem: Problem }

export type PluginFinder = (name: string) => Promise<Found>

/** Finds plugins as the config's own imports would; then beside `lares` itself, for a command that was installed globally. */
export function pluginFinder(configFile: string): PluginFinder {
  const found = new Map<string, Promise<Found>>()
  return (name) => {
    const known = found.get(name) ?? find(name, configFile)
    found.set(name, known)
    return known
  }
}

async function find(name: string, configFile: string): Promise<Found> {
  const file = locate(name, configFile)
  if (file === undefined) return { problem: missingPackage(name) }
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown }
    const plugin = pluginOf(module.default)
    if (plugin) return { plugin }
    return {
      problem: {
        code: 'plugin_invalid',
        summary: `${name} is no plugin of Lares`,
        advice: 'A plugin package has what definePlugin(…) returned as its default export.',
      },
    }
  } catch (error) {
    const { summary, ...rest } = await moduleProblem(error, file)
    return {
      problem: { ...rest, code: 'plugin_broken', summary: `The plugin ${name} could not be loaded: ${summary}` },
    }
  }
}

function locate(name: string, configFile: string): string | undefined {
  if (name.startsWith('.') || isAbsolute(name)) return resolve(dirname(configFile), name)
  for (const from of [configFile, import.meta.filename]) {
    try {
      return createRequire(from).resolve(name)
    } catch (error) {
      if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}

/** A package that a config names and that is not installed. */
export const missingPackage = (name: string): Problem => ({
  code: 'plugin_missing',
  summary: `The package ${name} is not installed`,
  advice: `Install it beside the config: npm install ${name}`,
})
