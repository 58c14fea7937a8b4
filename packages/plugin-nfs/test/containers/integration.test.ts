import docker from '@lares/plugin-docker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import nfs from '../../src/index.ts'
import { mounting } from '../mounting.ts'

const minutes = 60_000
const lab = testLab('home')
let guests: Awaited<ReturnType<typeof mounting>>

beforeAll(async () => {
  guests = await mounting()
}, 15 * minutes)
afterAll(() => guests?.remove())

const onClient = (command: string) => guests.client.run(command)
/** What the container saw when it started, and each second since. */
const watched = () => onClient('docker logs plex-reader-1 2>&1 | sort | uniq')

/** A reader of the family's films: a project that needs the mount, and is told to wait for it. */
function plex(source = 'server:/srv/media') {
  const films = nfs.mount('films', { on: guests.on, source, target: '/mnt/media' })
  const reader = {
    image: rig().images.busybox,
    command: ['sh', '-c', 'while :; do cat /media/note; sleep 1; done'],
    volumes: ['/mnt/media:/media:ro'],
    restart: 'always',
    stop_grace_period: '1s',
  }
  const content = JSON.stringify({ services: { reader } })
  return [guests.on, films, docker.compose('plex', { on: guests.on, content, dependsOn: [films] })]
}

test('no container is started while its mount is not live', { timeout: 10 * minutes }, async () => {
  await guests.server.run('systemctl stop nfs-server')
  const { result, diagnostics } = await lab.attempt(plex())
  expect(result).toMatchObject({ failed: 1, skipped: 1 })
  expect(diagnostics).toMatchObject([{ address: 'films', detail: expect.stringMatching(/server up|refused/) }])
  expect(await onClient('docker ps --all --quiet')).toBe('')
})

test('one that says nothing of the mount waits for it all the same', { timeout: 5 * minutes }, async () => {
  const mounts = [{ type: 'bind' as const, source: '/mnt/media/music', target: '/music' }]
  const music = docker.container('music', { on: guests.on, image: rig().images.busybox, mounts })
  const { nodes } = await lab.plan([music, ...plex()])
  expect(nodes.find(({ address }) => address === 'music')?.after).toContain('films')
})

test('with the server it comes up, and has read nothing else', { timeout: 10 * minutes }, async () => {
  await guests.server.run('systemctl start nfs-server')
  await lab.apply(plex())
  expect(await lab.rest(plex())).toBe('')
  expect(await watched()).toBe('first')
})

test('its mount is not taken away under it', { timeout: 10 * minutes }, async () => {
  const { diagnostics } = await lab.attempt(plex('server:/srv/other'))
  expect(diagnostics).toMatchObject([{ code: 'target_in_use', detail: expect.stringContaining('cat /media/note') }])
  expect(await watched()).toBe('first')
})

test('after the machine has started again it reads the mount again', { timeout: 15 * minutes }, async () => {
  await guests.client.reboot()
  await onClient('until docker exec plex-reader-1 cat /media/note; do sleep 1; done')
  expect(await lab.rest(plex())).toBe('')
})

test('stopped, the container lets go before its mount does; started, it waits for it', {
  timeout: 10 * minutes,
}, async () => {
  const containers = () => onClient('docker ps --quiet')
  await lab.apply(plex(), { mode: 'stop' })
  expect(await containers()).toBe('')
  expect(await onClient('awk \'$5 == "/mnt/media"\' /proc/self/mountinfo; grep -c /mnt/media /etc/fstab')).toBe('1')
  expect(await lab.rest(plex())).toBe('')
  await lab.apply(plex(), { mode: 'start' })
  expect(await containers()).not.toBe('')
  expect(await onClient('docker exec plex-reader-1 cat /media/note')).toBe('first')
  expect(await lab.rest(plex())).toBe('')
})

test('destroyed in order: the container, then the mount', { timeout: 10 * minutes }, async () => {
  await lab.destroy(plex())
  expect(await onClient('docker ps --all --quiet; grep -c nfs /etc/fstab /proc/mounts || :')).toMatch(/fstab:0\n.*:0/)
  expect(await guests.server.run('cat /srv/media/note')).toBe('first')
})
