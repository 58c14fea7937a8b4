import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../../../../e2e/rig/wait.ts'
import { testLab } from '../../../../../e2e/test-lab.ts'
import { machine, shell } from '../../../../plugin-host/test/machines.ts'
import nfs from '../../../src/index.ts'

const CONFIG = '/etc/ganesha/ganesha.conf'
const on = (script: string) => shell('debian', script)
const lab = testLab('home')
const pid = () => on('pgrep -x ganesha.nfsd')

// The root of a rig's host has no handles of files, which its /tmp has.
beforeAll(() => on('mkdir -p /tmp/media /tmp/photos'))
afterAll(async () => {
  // Others expect the host as it was.
  await on(`systemctl stop nfs-ganesha
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --auto-remove purge nfs-ganesha nfs-ganesha-vfs > /dev/null
    systemctl reset-failed
    rm -rf /tmp/media /tmp/photos`)
})

function declared(...names: string[]) {
  const debian = machine('debian')
  const exports = names.map((name) =>
    nfs.export(name, { on: debian, path: `/tmp/${name}`, clients: [{ host: '10.77.0.0/24' }], server: 'ganesha' }),
  )
  return [debian, ...exports]
}

test('a host without a server gets one, started now and with the host; its configuration but for a line is the package’s', async () => {
  await lab.apply(declared('media'))
  expect(await lab.rest(declared('media'))).toBe('')
  expect(await on('systemctl is-enabled nfs-ganesha; systemctl is-active nfs-ganesha')).toBe('enabled\nactive')
  expect(await on(`tail -n 1 ${CONFIG}; grep Path /etc/ganesha/lares-home.conf`)).toBe(
    '%include "/etc/ganesha/lares-home.conf"\n  Path = "/tmp/media";',
  )
})

test('another export is added to the same process', async () => {
  const before = await pid()
  await lab.apply(declared('media', 'photos'))
  expect(await lab.rest(declared('media', 'photos'))).toBe('')
  expect(await pid()).toBe(before)
})

test('started again, it exports the same by itself', async ({ signal }) => {
  const before = await pid()
  await on('systemctl restart nfs-ganesha')
  const isBack = async () => (await lab.rest(declared('media', 'photos'))) === ''
  await until('the exports', isBack, { seconds: 120, signal })
  expect(await pid()).not.toBe(before)
})

test('one that was stopped is shown, and started', async () => {
  await on('systemctl disable --now nfs-ganesha')
  expect(await lab.rest(declared('media', 'photos'))).toMatch(/serving/)
  await lab.apply(declared('media', 'photos'))
  expect(await lab.rest(declared('media', 'photos'))).toBe('')
  expect(await on('systemctl is-enabled nfs-ganesha')).toBe('enabled')
})

test('with a broken configuration it cannot start, and says why', async () => {
  await on(`systemctl stop nfs-ganesha; cp -p ${CONFIG} /tmp/whole; echo '%include "/lost"' >> ${CONFIG}`)
  const { diagnostics } = await lab.attempt(declared('media', 'photos'))
  expect(diagnostics).toContainEqual(expect.objectContaining({ detail: expect.stringMatching(/\/lost.* open error/) }))
  await on(`mv /tmp/whole ${CONFIG}; systemctl reset-failed nfs-ganesha`)
  await lab.apply(declared('media', 'photos'))
  expect(await lab.rest(declared('media', 'photos'))).toBe('')
})

test('destroyed, the configuration is what the package brought', async () => {
  await lab.destroy(declared('media', 'photos'))
  expect(await on('dpkg --verify nfs-ganesha | grep /etc; ls /etc/ganesha')).toBe('ganesha.conf\nvfs.conf')
  expect(await on('systemctl is-active nfs-ganesha')).toBe('active')
})
