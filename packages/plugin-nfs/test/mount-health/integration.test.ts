import host from '@lares/plugin-host'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import nfs from '../../src/index.ts'
import { mountingWithoutSystemd } from '../mounting.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 })
let guests: Awaited<ReturnType<typeof mountingWithoutSystemd>>
beforeAll(async () => {
  guests = await mountingWithoutSystemd()
})
afterAll(() => guests?.remove())

test('an export and a mount of it, while they work and when the server has gone', async () => {
  const server = host.machine('server', guests.server.endpoint)
  const films = nfs.export('films', {
    on: server,
    path: '/srv/films',
    directory: {},
    clients: [{ host: guests.client.address }],
  })
  const mount = nfs.mount('mount', { on: guests.on, source: films.source, target: '/mnt/films', forceUnmount: true })
  const resources = [server, guests.on, films, mount]
  const lab = testLab('health')
  await lab.apply(resources)
  expect(await lab.health(resources)).toMatchObject({
    films: 'healthy: exported to 1 client',
    mount: 'healthy: mounted',
  })
  await guests.run("sed -i '/films/d' /etc/fstab")
  expect((await lab.health(resources)).mount).toBe('degraded: mounted, but not after the host has started again')
  await guests.server.run('systemctl stop nfs-server')
  expect(await lab.health(resources)).toEqual({
    ...{ server: 'present', client: 'present' },
    films: 'down: the NFS server does not run',
    mount: 'down: its server has not answered for 8 s',
  })
})
