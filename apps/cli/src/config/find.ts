import { access, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fail } from '@lares/core'

export const searchPlaces = [
  'lares.config.ts',
  'lares.config.mts',
  'lares.config.js',
  'lares.config.mjs',
  'lares.yaml',
  'lares.yml',
  'lares.json',
]

/** The config that was asked for, or the nearest one from `cwd` upwards. Rejects with `config_missing`. */
export async function findConfig(cwd: string, asked: string | undefined): Promise<string> {
  if (asked !== undefined) {
    const file = resolve(cwd, asked)
    await access(file).catch(() => fail({ code: 'config_missing', summary: `There is no config ${asked}` }))
    return file
  }
  const here = new Set(await readdir(cwd))
  const name = searchPlaces.find((place) => here.has(place))
  return name === undefined ? await searchAbove(cwd) : join(cwd, name)
}

async function searchAbove(cwd: string): Promise<string> {
  // Loaded only here, because it takes as long as everything else before the plugins.
  const { cosmiconfig } = await import('cosmiconfig')
  const nothing = () => ({})
  const loaders = Object.fromEntries(['.ts', '.mts', '.js', '.mjs', '.yaml', '.yml', '.json'].map((e) => [e, nothing]))
  const explorer = cosmiconfig('lares', {
    searchPlaces,
    loaders,
    searchStrategy: 'global',
    ignoreEmptySearchPlaces: false,
  })
  const found = await explorer.search(cwd)
  if (found) return found.filepath
  return fail({
    code: 'config_missing',
    summary: 'There is no config here or above',
    detail: `Looked for ${searchPlaces.join(', ')} from ${cwd} upwards.`,
    advice: '"lares init" writes one; --config FILE names one that is elsewhere.',
  })
}
