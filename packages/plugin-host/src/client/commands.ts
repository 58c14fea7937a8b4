import { type ExecResult, type Host, HostError } from '@lares/transport'

export interface ScriptSpec {
  /** A POSIX sh script. */
  script: string
  cwd?: string | undefined
  /** Variables of the script; they may be secret. */
  env?: Readonly<Record<string, string>> | undefined
}

/** Statuses with which a shell says that it could not run something, and the one with which `test` says that it is misused. */
const broken = new Set([2, 126, 127])

/** Whether a check agrees: null when it does not, its output when it does. Rejects when the check itself can't be run. */
export async function check(host: Host, spec: ScriptSpec, signal?: AbortSignal): Promise<ExecResult | null> {
  const { script, cwd, env } = spec
  const result = await host.script(script, { cwd, env, signal, timeout: 0, reject: false })
  if (result.exitCode === 0) return result
  if (!broken.has(result.exitCode) && result.exitCode < 128) return null
  const said = result.stderr.trim().split('\n').at(-1)
  throw new HostError(
    'command_failed',
    `${host.description}: the check ended with ${result.exitCode}${said && `: ${said}`}`,
    {
      ...{ detail: hidden(result.stderr, env).trim(), exitCode: result.exitCode },
      advice: 'A check exits with 0 when there is nothing to do, and with 1 otherwise.',
    },
  )
}

/** Runs a script to its end; the caller's signal is its time limit. Rejects with a HostError. */
export const perform = (host: Host, { script, cwd, env }: ScriptSpec, signal?: AbortSignal): Promise<ExecResult> =>
  host.script(script, { cwd, env, signal, timeout: 0, sensitive: Object.values(env ?? {}) })

const hidden = (text: string, env: ScriptSpec['env']): string =>
  Object.values(env ?? {}).reduce((left, value) => (value.length < 4 ? left : left.replaceAll(value, '***')), text)
