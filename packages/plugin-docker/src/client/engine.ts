import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { discardedLimits } from './options/discarded-limits.ts'
import type { EngineDefaults } from './options/fields.ts'
import type { EngineInfo } from './wire.ts'

export type Engine = {
  /** Answers when the engine does. */
  ping(options?: CallOptions): Promise<void>
  info(options?: CallOptions): Promise<EngineInfo>
  /** What the engine fills in for options that are left out. Asked once. */
  defaults(options?: CallOptions): Promise<EngineDefaults>
}

export function engineOf(access: EngineAccess): Engine {
  const info = (options: CallOptions = {}) =>
    call<EngineInfo>(access, { request: 'engine info', options, repeatable: true }, (abortSignal) =>
      access.docker.info({ abortSignal }),
    )
  let asked: Promise<EngineDefaults> | undefined
  return {
    info,
    async ping(options = {}) {
      await call(access, { request: 'ping', options, defaultTimeoutMs: 10_000, repeatable: true }, (abortSignal) =>
        access.docker.ping({ abortSignal }),
      )
    },
    defaults(options) {
      asked ??= info(options).then(defaultsFrom)
      asked.catch(() => {
        asked = undefined
      })
      return asked
    },
  }
}

const defaultsFrom = (info: EngineInfo): EngineDefaults => ({
  runtime: info.DefaultRuntime,
  loggingDriver: info.LoggingDriver,
  cgroupNamespace: info.CgroupVersion === '2' ? 'private' : 'host',
  discards: discardedLimits(info),
})
