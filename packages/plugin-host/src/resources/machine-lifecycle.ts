import { setTimeout as sleep } from 'node:timers/promises'
import { fail, type Lifecycle } from '@lares/core'
import { type Host, isHostError } from '@lares/transport'

interface Inputs {
  address?: string | undefined
  power?: 'on' | 'off' | undefined
}

/** Answers before the machine goes, and has it go by itself: whoever asked is gone then. */
const POWEROFF = `
if [ -d /run/systemd/system ]; then systemctl --no-block poweroff
else (sleep 1; poweroff) > /dev/null 2>&1 < /dev/null &
fi`

const SILENCES = ['unreachable', 'timeout', 'connection_lost', 'handshake_failed', 'closed'] as const
const isSilent = (error: unknown) => SILENCES.some((code) => isHostError(error, code))
const PAUSE_MS = 1000
const ASK_MS = 10_000

/** By its own shutdown. What powers it is switched off after it, and on before it. */
export const machineLifecycle: Lifecycle<Inputs, object, undefined, Host> = {
  isRunning: () => true,
  poweredBy: 'power',
  stays({ address, power }) {
    if (address === undefined) return 'Lares runs on it'
    return power === undefined ? 'nothing could start it again; name what powers it: power' : undefined
  },
  async stop({ self, signal, log }) {
    const host = await self()
    log('shutting down')
    try {
      const { exitCode, stderr } = await host.script(POWEROFF, { signal, timeout: 30_000, reject: false })
      if (exitCode !== 0) fail({ code: 'not_stopped', summary: 'It does not shut down', detail: stderr })
    } catch (error) {
      if (!isSilent(error)) throw error
    }
    for (;;) {
      await sleep(PAUSE_MS, undefined, { signal })
      try {
        await host.ask('true', { signal, timeout: ASK_MS })
      } catch (error) {
        signal.throwIfAborted()
        if (isSilent(error)) return
        throw error
      }
    }
  },
  // What powers it has started it; it is read as soon as it answers.
  start: async () => {},
}
