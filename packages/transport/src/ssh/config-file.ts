import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type SSHConfig from 'ssh-config'
import type { Environment } from '../environment.ts'
import { HostError } from '../host-error.ts'
import { absolute, once, readOptional } from './user-file.ts'

const includeDepth = 16

/** The SSH client configuration in the order in which it counts, with the included files in their places. */
export async function readConfig(environment: Environment, home: string): Promise<SSHConfig> {
  const files = environment.configFiles ?? [join(home, '.ssh', 'config'), '/etc/ssh/ssh_config']
  return await once(JSON.stringify(['config', home, files]), () => readFiles(files, home))
}

async function readFiles(files: readonly string[], home: string): Promise<SSHConfig> {
  const { default: Config, glob } = await import('ssh-config')

  const load = async (path: string, depth: number): Promise<SSHConfig> => {
    if (depth > includeDepth) throw new HostError('config_invalid', `${path}: includes are nested too deeply`)
    const text = await readOptional(path)
    if (text === undefined) return new Config()
    try {
      return await include(Config.parse(text), depth)
    } catch (error) {
      if (error instanceof HostError) throw error
      throw new HostError('config_invalid', `${path} is not a valid SSH configuration`, {
        detail: (error as Error).message,
        cause: error,
      })
    }
  }

  const include = async (config: SSHConfig, depth: number): Promise<SSHConfig> => {
    const result = new Config()
    for (const line of config) {
      if (line.type === Config.DIRECTIVE && 'config' in line) line.config = await include(line.config, depth)
      if (line.type !== Config.DIRECTIVE || !/^include$/i.test(line.param)) {
        result.push(line)
        continue
      }
      const patterns = typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val)
      for (const path of await matching(patterns)) result.push(...(await load(path, depth + 1)))
    }
    return result
  }

  const matching = async (patterns: readonly string[]): Promise<string[]> => {
    const found: string[] = []
    for (const pattern of patterns.map((pattern) => absolute(pattern, home))) {
      const directory = dirname(pattern)
      const names = /[*?]/.test(basename(pattern)) ? await namesIn(directory) : [basename(pattern)]
      found.push(...names.filter((name) => glob(basename(pattern), name)).map((name) => join(directory, name)))
    }
    return found
  }

  const whole = new Config()
  for (const path of files) whole.push(...(await load(path, 0)))
  return whole
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => !name.startsWith('.')).sort()
  } catch {
    return []
  }
}
