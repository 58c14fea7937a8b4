import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { emptyHypervisor, onGuest, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { rig } from '../../../../e2e/rig/rig.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm from '../../src/index.ts'

vi.setConfig({ testTimeout: 1_800_000 })
let key: string
beforeAll(async () => {
  key = (await readFile(`${rig().home}/.ssh/id_ed25519.pub`, 'utf8')).trim()
})
afterAll(emptyHypervisor)

const image = () => ({ url: rig().libvirt.images.debian.url, sha256: rig().libvirt.images.debian.sha256 })
const pool = kvm.pool('failing', { path: '/var/lib/libvirt/images/lares-failing' })
const network = kvm.network('failing-net', { bridge: 'larfail0', cidr: '10.78.14.0/24', dhcp: true })
const declared = (packages: string[], command: string) => [
  pool,
  network,
  kvm.domain('guest', {
    dependsOn: [pool],
    vcpus: 2,
    memory: '512MiB',
    cpu: { model: 'qemu64' },
    disks: [{ image: image(), pool: 'failing' }],
    interfaces: [{ network: network.name }],
    cloudInit: {
      user: 'ops',
      authorizedKeys: [key],
      packages,
      commands: [['sh', '-c', command]],
      onChange: 'new-instance-id',
    },
    xml: "<domain><features><tcg><tb-cache unit='MiB'>96</tb-cache></tcg></features></domain>",
    shutdown: { timeout: '5m' },
    addressTimeout: '12m',
    timeouts: { ready: '15m' },
  }),
]

test('cloud-init that fails is told with its log, mended it runs again', async () => {
  const lab = testLab('failing')
  const wrong = declared(['no-such-package'], 'echo the photos are not mounted >&2; exit 7')
  const { diagnostics, result } = await lab.attempt(wrong)
  expect(diagnostics).toEqual([
    expect.objectContaining({
      code: 'cloud_init_failed',
      address: 'guest',
      detail: expect.stringMatching(/status: error[\s\S]*no-such-package[\s\S]*the photos are not mounted/),
      advice: expect.stringContaining('new-instance-id'),
    }),
  ])
  expect(result).toMatchObject({ done: 2, failed: 1 })
  const { uuid } = (await lab.store.read())!.resources['guest']!.attributes as { uuid: string }

  const right = declared(['hello'], 'hello > /root/greeting')
  const plan = await lab.plan(right)
  expect(plan.nodes.find(({ address }) => address === 'guest')).toMatchObject({ action: 'update', effect: 'restart' })
  await lab.apply(right)
  expect(await lab.rest(right)).toBe('')
  expect(await onGuest('guest', 'cat', '/root/greeting')).toMatchObject({ stdout: 'Hello, world!' })
  expect((await virsh('domuuid', 'guest')).trim()).toBe(uuid)

  // A Debian may end the agent's own request as it goes down; it goes down all the same.
  expect(await lab.run(right, { address: 'guest', action: 'stop', options: { timeout: '5m' }, write: () => {} })).toBe(
    0,
  )
  expect(await virsh('domstate', 'guest')).toBe('shut off')
  await lab.destroy(right, ['guest/disks/root', 'failing'])
  expect(await lab.store.read()).toMatchObject({ resources: {}, kept: {} })
})
