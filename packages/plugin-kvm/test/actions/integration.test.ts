import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { emptyHypervisor, onGuest, sshGuest, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { rig } from '../../../../e2e/rig/rig.ts'
import { type Commanded, commandIn, type Ran } from './command.ts'

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 })
const path = '/var/lib/libvirt/images/lares-actions'
let lab: Commanded
let declared: { name: string; plugins: string[]; resources: object; outputs: object }

beforeAll(async () => {
  // At the end it expects that nothing is left of it.
  await emptyHypervisor()
  const { tiny } = rig().libvirt.images
  const key = (await readFile(`${rig().home}/.ssh/id_ed25519.pub`, 'utf8')).trim()
  declared = {
    name: 'actions',
    plugins: ['@lares/plugin-kvm'],
    resources: {
      images: { type: 'kvm.pool', path },
      net: { type: 'kvm.network', bridge: 'laract0', cidr: '10.78.10.0/24', dhcp: true },
      guest: {
        type: 'kvm.domain',
        dependsOn: ['images'],
        vcpus: 1,
        memory: '192MiB',
        cpu: { model: 'qemu64' },
        disks: [{ image: { url: tiny.url, sha256: tiny.sha256 }, pool: 'images' }],
        interfaces: [{ network: '${net.name}' }],
        cloudInit: { user: 'ops', authorizedKeys: [key] },
        xml: "<domain><features><tcg><tb-cache unit='MiB'>64</tb-cache></tcg></features></domain>",
        addressTimeout: '10m',
        timeouts: { ready: '10m' },
      },
    },
    outputs: { ip: '${guest.ip}' },
  }
  lab = await commandIn(declared)
})
afterAll(async () => {
  await lab.remove()
  await emptyHypervisor()
})

const ended = (ran: Ran, exitCode = 0) => expect(ran, `${ran.stdout}\n${ran.stderr}`).toMatchObject({ exitCode })
async function run(...args: string[]): Promise<string> {
  const ran = await lab.lares(['run', 'guest', ...args])
  ended(ran)
  return ran.stdout
}
const state = async () => (await virsh('domstate', 'guest')).trim()
/** Until the guest's agent answers, after everything else in the guest is up. */
async function isUp(): Promise<void> {
  await expect
    .poll(() => onGuest('guest', 'true').then(({ exitCode }) => exitCode, String), { timeout: 300_000, interval: 1000 })
    .toBe(0)
}
const bootId = async () => (await onGuest('guest', 'cat', '/proc/sys/kernel/random/boot_id')).stdout
async function inGuest(command: string): Promise<string> {
  const { stdout } = await lab.lares(['output', 'ip'])
  return String((await sshGuest(stdout.trim(), 'ops', command)).stdout)
}

test('a guest that the command has made is as declared, and says what can be done with it', async () => {
  ended(await lab.lares(['apply', '--yes']))
  const plan = await lab.lares(['plan'])
  ended(plan)
  expect(plan.stdout).toContain('No changes')
  const actions = await run()
  for (const name of ['start', 'stop', 'reboot', 'power-off', 'console', 'snapshot', 'revert'])
    expect(actions).toMatch(new RegExp(`^ +${name}\\b`, 'm'))
})

test('a plan that wants more than the hypervisor has shows who uses what', async () => {
  const huge = { type: 'kvm.domain', memory: '4TiB', vcpus: 200, running: false }
  await lab.write({ ...declared, resources: { ...declared.resources, huge } })
  const { stdout, exitCode } = await lab.lares(['plan'])
  await lab.write(declared)
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/Warning: The guests may take 4096\.2GiB, and the hypervisor has [\d.]+GiB \[overcommitted\]/)
  expect(stdout).toMatch(/huge\s+4096GiB\s+200 vcpus\n\s+guest\s+192MiB\s+1 vcpus/)
})

test('its console shows what it says, and takes what is piped in', async () => {
  await isUp()
  // What is typed before the guest's getty has opened the line is discarded by it: one types it again.
  const typed = async () => {
    const ran = await lab.lares(['run', 'guest', 'console', '--seconds', '10'], '\necho "it is $(hostname)"\n')
    ended(ran)
    return ran.stdout
  }
  await expect.poll(typed, { timeout: 120_000 }).toContain('it is guest')
})

test('it goes back to a snapshot, under a name or the one that it was given', async () => {
  await inGuest('echo before > /root/note; sync')
  expect(await run('snapshot', 'good')).toBe('good')
  await inGuest('echo after > /root/note; sync')
  const given = await run('snapshot')
  expect(given).toMatch(/^by-hand-\d{4}-/)
  await run('revert', 'good')
  await isUp()
  expect(await onGuest('guest', 'cat', '/root/note')).toMatchObject({ stdout: 'before' })
  await run('revert', given)
  await isUp()
  expect(await onGuest('guest', 'cat', '/root/note')).toMatchObject({ stdout: 'after' })
  const missing = await lab.lares(['run', 'guest', 'revert', 'better'])
  ended(missing, 1)
  expect(missing.stderr).toContain('There is no snapshot "better"')
  expect(missing.stderr).toContain(`good`)
  ended(await lab.lares(['run', 'guest', 'revert']), 1)
  for (const name of ['good', given]) await virsh('snapshot-delete', 'guest', name)
})

test('rebooted, it has begun anew', async () => {
  const before = await bootId()
  await run('reboot')
  await isUp()
  expect(await bootId()).not.toBe(before)
})

test('stopped, it is asked by its agent, or by its power button where no agent answers', async () => {
  await onGuest('guest', 'killall', 'acpid')
  await run('stop', '--timeout', '5m')
  expect(await state()).toBe('shut off')
  // That is what it was asked for, so nothing is left to do.
  expect((await lab.lares(['plan'])).stdout).toContain('No changes')
  await run('stop')
  await run('start')
  await isUp()
  await inGuest('killall qemu-ga')
  const began = Date.now()
  await run('stop', '--timeout', '20m')
  expect(await state()).toBe('shut off')
  // Without an agent nobody waits for one.
  expect(Date.now() - began).toBeLessThan(300_000)
  await run('start')
})

test('one that does not listen runs on, unless it may be forced', async () => {
  await isUp()
  await inGuest('killall acpid qemu-ga')
  const refused = await lab.lares(['run', 'guest', 'stop', '--timeout', '5s'])
  ended(refused, 1)
  expect(refused.stderr).toContain('guest did not shut down within 5s [shutdown_timeout]')
  expect(refused.stderr).toContain('force')
  expect(await state()).toBe('running')
  await run('stop', '--timeout', '3s', '--force')
  expect(await state()).toBe('shut off')
  await run('start')
  await run('power-off')
  expect(await state()).toBe('shut off')
  const still = await lab.lares(['run', 'guest', 'console', '--seconds', '2'])
  ended(still, 1)
  expect(still.stderr).toContain('not running')
})

test('destroyed, nothing of it is left', async () => {
  ended(await lab.lares(['destroy', '--yes', '--allow-data-loss', 'guest/disks/root', '--allow-data-loss', 'images']))
  for (const list of ['list', 'net-list']) expect(await virsh(list, '--all', '--name')).toBe('')
})
