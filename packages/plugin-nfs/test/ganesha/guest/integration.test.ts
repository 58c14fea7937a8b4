import host from '@lares/plugin-host'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type NfsGuests, nfsGuests } from '../../../../../e2e/rig/nfs-guests.ts'
import { rigHost } from '../../../../../e2e/rig/rig.ts'
import { testLab } from '../../../../../e2e/test-lab.ts'
import { machine, shell } from '../../../../plugin-host/test/machines.ts'
import nfs from '../../../src/index.ts'
import { config, startGanesha, withoutGanesha } from '../ganesha.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 })
const server = rigHost('h1')
const onServer = (script: string) => shell('h1', script)
let guests: NfsGuests

beforeAll(async () => {
  // The root of a rig's host has no handles of files, which its /tmp has.
  await onServer(`mkdir -m 777 /tmp/media; printf %s '${config}' > /etc/ganesha/ganesha.conf`)
  await startGanesha(onServer)
  guests = await nfsGuests()
})
afterAll(async () => {
  await guests?.remove()
  await withoutGanesha(onServer)
})

test('a kernel mounts what Ganesha exports: what is written on one side is read on the other', async () => {
  const lab = testLab('home')
  const declared = () => {
    const [nas, client] = [machine('h1'), host.machine('client', guests.client.endpoint)]
    const media = nfs.export('media', {
      on: nas,
      path: '/tmp/media',
      server: 'ganesha',
      manageServer: false,
      // Guests come to the hosts of the rig by way of its own address.
      clients: [{ host: '10.77.0.0/24', access: 'rw', squash: 'all', anonUid: 33, anonGid: 33, secure: false }],
    })
    return [nas, client, media, nfs.mount('media-there', { on: client, source: media.source, target: '/mnt/media' })]
  }
  await lab.apply(declared())
  await onServer('echo first > /tmp/media/note')
  expect(await guests.client.run('cat /mnt/media/note')).toBe('first')
  await guests.client.run('echo second > /mnt/media/answer')
  expect(await onServer('cat /tmp/media/answer; stat -c %u:%g /tmp/media/answer')).toBe('second\n33:33')
  expect(await guests.client.run('grep " /mnt/media nfs" /proc/mounts')).toContain(`${server.address}:/tmp/media `)
  expect(await lab.rest(declared())).toBe('')
  await lab.destroy(declared())
  expect(await guests.client.run('grep -c nfs4 /proc/mounts || true')).toBe('0')
})
