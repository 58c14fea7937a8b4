import host from '@lares/plugin-host'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type NfsGuests, nfsGuests } from '../../../../e2e/rig/nfs-guests.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import nfs from '../../src/index.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 })
let guests: NfsGuests
const lab = testLab('home')

beforeAll(async () => {
  guests = await nfsGuests()
})
afterAll(() => guests?.remove())

/** The link as a lab declares it; the client reads and writes as the owner of the files. */
function link(exported: object = {}, mounted: object = {}) {
  const server = host.machine('server', guests.server.endpoint)
  const client = host.machine('client', guests.client.endpoint)
  const media = nfs.export('media', {
    on: server,
    path: '/srv/media',
    directory: { owner: 'www-data', group: 'www-data' },
    clients: [{ host: guests.client.address, access: 'rw', squash: 'all', anonUid: 33, anonGid: 33 }],
    ...exported,
  })
  const mount = nfs.mount('plex-media', { on: client, source: media.source, target: '/mnt/media', ...mounted })
  return [server, client, media, mount] as const
}
const onClient = (command: string) => guests.client.run(command)
const onServer = (command: string) => guests.server.run(command)

test('what is written on one side is read on the other, and the second plan is empty', async () => {
  const plan = await lab.apply(link())
  expect(plan.diagnostics).toEqual([])
  expect(await lab.rest(link())).toBe('')
  await onServer('echo first > /srv/media/note')
  expect(await onClient('cat /mnt/media/note')).toBe('first')
  await onClient('echo second > /mnt/media/answer')
  expect(await onServer('cat /srv/media/answer; stat -c %u:%g /srv/media/answer')).toBe('second\n33:33')
  expect(await onServer('systemctl is-enabled nfs-server')).toBe('enabled')
  const line = (await onClient('grep nfs /etc/fstab')).split(/\s+/)
  expect(line.slice(0, 3)).toEqual([`${guests.server.address}:/srv/media`, '/mnt/media', 'nfs'])
  expect(line[3]!.split(',')).toEqual(
    expect.arrayContaining(['_netdev', 'nofail', 'x-systemd.automount', 'x-lares.owner=home/plex-media']),
  )
})

test('an export that is changed restarts neither the server nor the mount', async () => {
  const threads = () => onServer('pgrep -x nfsd | sort | tr "\\n" " "')
  const before = await threads()
  const readOnly = { clients: [{ host: guests.client.address }] }
  const plan = await lab.apply(link(readOnly))
  expect(plan.nodes.find(({ address }) => address === 'media')).toMatchObject({ action: 'update', effect: 'live' })
  const { diagnostics } = await lab.plan(link(readOnly))
  expect(diagnostics).toMatchObject([{ code: 'read_only_export', severity: 'warning', address: 'plex-media' }])
  expect(await threads()).toBe(before)
  await expect(onClient('touch /mnt/media/more')).rejects.toThrow(/Read-only/)
  expect(await onClient('cat /mnt/media/note')).toBe('first')
  const elsewhere = { clients: [{ host: '192.168.150.99' }] }
  await lab.apply(link(elsewhere))
  expect((await lab.plan(link(elsewhere))).diagnostics).toMatchObject([{ code: 'not_a_client', path: 'source' }])
  await lab.apply(link())
  await onClient('touch /mnt/media/more')
})

test('other options of a mount restart it, and only while nobody uses it', async () => {
  const readOnly = { readOnly: true, version: '4.1' as const, options: ['noatime'] }
  const user = 'cd /mnt/media && exec setsid sleep 1000 > /dev/null 2>&1 < /dev/null'
  await onClient(`(${user}) & sleep 1`)
  const { diagnostics } = await lab.attempt(link({}, readOnly))
  expect(diagnostics).toMatchObject([{ code: 'target_in_use', detail: expect.stringContaining('sleep 1000') }])
  expect(await onClient('touch /mnt/media/more && grep -c readOnly /etc/fstab || true')).toBe('0')
  await onClient('pkill -f "sleep 1000"')
  const plan = await lab.apply(link({}, readOnly))
  expect(plan.nodes.find(({ address }) => address === 'plex-media')).toMatchObject({ effect: 'restart' })
  expect(await lab.rest(link({}, readOnly))).toBe('')
  expect(await onClient('cat /mnt/media/note; grep " /mnt/media nfs" /proc/mounts')).toMatch(
    /^first\n.* ro,noatime,.*vers=4\.1/,
  )
  await lab.apply(link())
})

test('another path is unmounted and mounted again', async () => {
  const other = { path: '/srv/other' }
  await lab.apply(link(other))
  expect(await lab.rest(link(other))).toBe('')
  expect(await onClient('ls /mnt/media; grep -c nfs4 /proc/mounts')).toBe('1')
  expect(await onServer('cat /srv/media/note; exportfs -s | grep -c media || true')).toBe('first\n0')
  await lab.apply(link())
  expect(await onClient('cat /mnt/media/note')).toBe('first')
})

test('what hands took away is shown and comes back', async () => {
  await onClient('systemctl stop mnt-media.automount; umount /mnt/media || true')
  expect(await lab.rest(link())).toMatch(/plex-media[\s\S]*ready/)
  await lab.apply(link())
  await onClient('sed -i /lares/d /etc/fstab')
  expect(await lab.rest(link())).toMatch(/plex-media[\s\S]*saved/)
  await onServer('rpc.nfsd 0')
  expect(await lab.rest(link())).toMatch(/update media[\s\S]*serving/)
  await lab.apply(link())
  expect(await lab.rest(link())).toBe('')
  expect(await onClient('cat /mnt/media/note')).toBe('first')
})

test('whom owner and mode keep out is told before, and found out when asked for', async () => {
  await onServer('chmod 750 /srv/media')
  const squashed = link({}, { user: '1000:1000', probe: 'write' })
  const asThemselves = { clients: [{ host: guests.client.address, access: 'rw' }] }
  const keptOut = link(asThemselves, { user: '1000:1000', probe: 'read' })
  const { diagnostics } = await lab.attempt(keptOut)
  expect(diagnostics).toMatchObject([
    { code: 'ids_differ', severity: 'warning', path: 'user', summary: expect.stringContaining('33:33 with mode 0750') },
    { severity: 'error', address: 'plex-media', detail: expect.stringContaining('Permission denied') },
  ])
  const plan = await lab.apply(squashed)
  expect(plan.diagnostics).toEqual([])
  expect(await lab.rest(squashed)).toBe('')
  expect(await onServer('ls -A /srv/media | grep -c probe || :')).toBe('0')
  await lab.apply(link())
})

test('a version that the server does not speak is told before', async () => {
  await onServer(
    'mkdir -p /etc/nfs.conf.d; printf "[nfsd]\\nvers3=n\\n" > /etc/nfs.conf.d/v3.conf; systemctl restart nfs-server',
  )
  const { diagnostics } = await lab.plan(link({}, { version: '3' }))
  expect(diagnostics).toMatchObject([
    { code: 'version_not_served', path: 'version', detail: expect.stringContaining('4.2') },
  ])
})

test('an export does not go while a mount that names it by its address stays, and goes after it', async () => {
  const [server, client, media] = link()
  const text = nfs.mount('plex-media', {
    on: client,
    source: `${guests.server.address}:/srv/media`,
    target: '/mnt/media',
  })
  expect(await lab.rest([server, client, media, text])).toBe('')
  await expect(lab.plan([server, client, text])).rejects.toThrow(/"media" cannot go while "plex-media" uses NFS export/)
  const { nodes } = await lab.plan([server, client, media, text], { mode: 'destroy' })
  const order = nodes.filter(({ action }) => action === 'delete').map(({ address }) => address)
  expect(order.slice(0, 2)).toEqual(['plex-media', 'media'])
})

test('a server that stands still hangs no plan, and says so', async () => {
  await onClient('ls /mnt/media')
  await guests.server.freeze()
  const began = performance.now()
  const plan = await lab.plan(link())
  const seconds = (performance.now() - began) / 1000
  await guests.server.thaw()
  console.log(`a plan with a dead server: ${seconds.toFixed(1)} s`)
  expect(plan.diagnostics.map(({ code }) => code)).toContain('unreachable')
  expect(plan.diagnostics.map(({ code }) => code)).not.toContain('bug')
  expect(seconds).toBeLessThan(60)
  expect(await lab.rest(link())).toBe('')
})

test('server and client restarted, the mount is back by itself', async () => {
  await Promise.all([guests.server.reboot(), guests.client.reboot()])
  expect(await onClient('cat /mnt/media/note')).toBe('first')
  expect(await lab.rest(link())).toBe('')
})

test('destroyed, nothing is exported or mounted, and no file is gone', async () => {
  await lab.destroy(link())
  expect(await onServer('exportfs -s; ls /etc/exports.d; cat /srv/media/note')).toBe('first')
  expect(await onClient('grep -c nfs /proc/mounts /etc/fstab || true')).toMatch(/mounts:0\n.*fstab:0/)
})
