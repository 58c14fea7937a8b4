import { resourceContract } from '@lares/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import host from '../../src/index.ts'
import { systems } from '../packages/systems.ts'
import { type SystemdHost, startSystemdHost } from '../systemd-host.ts'

const api = { describe, it: (name: string, body: () => Promise<void>) => it(name, body, 300_000), expect }

describe.each(systems)('$manager', (system) => {
  let sd: SystemdHost
  let on: ReturnType<SystemdHost['machine']>
  beforeAll(async () => {
    sd = await startSystemdHost(system.number)
    on = sd.machine()
    await sd.shell(system.repository)
    await sd.shell(system.prepare)
  })
  afterAll(() => sd?.stop())

  const { manager, versions } = system
  resourceContract(api, {
    type: 'host.package',
    factory: (address, inputs: Partial<Parameters<typeof host.package>[1]>) => host.package(address, { ...inputs, on }),
    base: { name: 'hello-web' },
    options: {
      several: { name: ['hello-web', 'hello-mta'] },
      newest: { latest: true, manager },
      ...(versions ? { version: { version: '1.*' }, hold: { hold: true } } : { version: { version: '2.0' } }),
    },
    combined: versions ? { version: '1.0-1', hold: true } : { version: '2.0-1', latest: true },
    outside: {
      snapshot: () => sd.shell(`${system.list}; ${system.held}; cat /var/lib/lares/packages 2>/dev/null; :`),
      plant: async () => void (await sd.shell(`${system.install} hello-web`)),
      remove: async () => void (await sd.shell(`${system.remove} hello-web; :`)),
    },
    killAfter: [0, 300],
  })
})
