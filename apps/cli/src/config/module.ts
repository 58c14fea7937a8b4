import { pathToFileURL } from 'node:url'
import { fail, isLab, isLaresError, type Lab, LaresError, problem } from '@lares/core'
import { withLines } from './declared-at.ts'
import { moduleProblem, placeInStack } from './module-error.ts'

/** The lab that a TypeScript or JavaScript config exports. Rejects with what is wrong in it, or `config_timeout`. */
export async function loadModule(file: string, timeout: number): Promise<Lab> {
  quietTypeStripping()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeout)
  })
  try {
    const value = await Promise.race([load(file), late])
    if (value !== 'late') return await withLines(checkLab(value, file), file)
  } catch (error) {
    if (isLaresError(error)) throw withPlace(error, file)
    throw new LaresError([problem(await moduleProblem(error, file))], { cause: error })
  } finally {
    clearTimeout(timer)
  }
  return fail({
    code: 'config_timeout',
    summary: `The config did not finish loading within ${timeout / 1000} s`,
    source: { file },
    advice: 'Look for an "await" that never ends; --config-timeout gives it more time.',
  })
}

const load = async (file: string): Promise<unknown> =>
  await ((await import(pathToFileURL(file).href)) as { default?: unknown }).default

function checkLab(value: unknown, file: string): Lab {
  if (isLab(value)) return value
  return fail({
    code: 'config_invalid',
    summary: value === undefined ? 'The config has no default export' : 'The default export of the config is no lab',
    source: { file },
    advice: 'End it with: export default defineLab({ name, resources: [...] })',
  })
}

/** What Lares itself refused, at the line of the config that asked for it. */
function withPlace(error: LaresError, file: string): LaresError {
  const source = placeInStack(error.stack ?? '', file)
  if (!source) return error
  return new LaresError(
    error.diagnostics.map((diagnostic) => ({ source, ...diagnostic })),
    { cause: error },
  )
}

/** Node 22 warns that type stripping is young, and any Node about a package.json without "type"; neither is news here. */
function quietTypeStripping(): void {
  const shown = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    const { code } = warning as { code?: string }
    if (code === 'MODULE_TYPELESS_PACKAGE_JSON' || /type stripping/i.test(warning.message)) return
    for (const listener of shown) listener(warning)
  })
}
