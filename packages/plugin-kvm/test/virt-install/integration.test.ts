import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt, type Libvirt, STDIN } from '../../src/index.ts'
import { domain } from '../../src/resources/domain.ts'
import { combinations } from './options.ts'

let libvirt: Libvirt

beforeAll(async () => {
  libvirt = connectLibvirt({ host: await connectHost() })
  await libvirt.host.exec([
    'sh',
    '-c',
    'cd /var/lib/libvirt/images && truncate -s 1M vi.img && qemu-img create -q -f qcow2 vi2.img 1M',
  ])
})
afterAll(async () => {
  await libvirt.host.exec(['sh', '-c', 'rm -f /var/lib/libvirt/images/vi.img /var/lib/libvirt/images/vi2.img'])
  await libvirt.host.close()
})

const AT_ONCE = 3
const WANTED = 60

/** The document that virt-install would define, or undefined where it refuses the combination. */
async function documentOf(name: string, options: readonly string[]): Promise<string | undefined> {
  const command = `exec virt-install --connect qemu:///system --name ${name} --import --virt-type qemu ${options.join(' ')} --check all=off --print-xml 1`
  const { exitCode, stdout } = await libvirt.host.exec(['sh', '-c', command], { reject: false, timeout: 60_000 })
  return exitCode === 0 ? stdout : undefined
}

test('guests of virt-install are imported, and nothing is to be done to them', { timeout: 500_000 }, async () => {
  const names: string[] = []
  const refused: string[] = []
  const queue = combinations.entries()
  const work = async () => {
    for (const [index, options] of queue) {
      const name = `vi-${index}`
      const input = await documentOf(name, options)
      const failure =
        input === undefined
          ? 'virt-install'
          : await libvirt.virsh(['define', STDIN], { input }).then(
              () => undefined,
              (error: Error) => error.message,
            )
      if (failure === undefined) names.push(name)
      else refused.push(`${options.join(' ')}: ${failure}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  try {
    console.log(`${names.length} of ${combinations.length} combinations; refused:\n${refused.join('\n')}`)
    expect(names.length).toBeGreaterThanOrEqual(WANTED)
    const before = await libvirt.read(names.map((name) => ['dumpxml', '--inactive', name]))
    const listed = (await domain.list!(libvirt, AbortSignal.timeout(60_000))).filter(({ name }) => names.includes(name))
    expect(listed.length).toBe(names.length)
    // Several of them claim the same files and devices, so each is the only one of its lab.
    const left = listed.values()
    const adopt = async () => {
      for (const { name, attributes } of left) {
        const guests = [kvm.domain(name, domain.inputsOf!(attributes as never) as never)]
        const lab = testLab('imported')
        const { nodes } = await lab.apply(guests, { adopt: [name] })
        expect([name, nodes.map(({ action, changes }) => [action, changes])]).toEqual([name, [['adopt', []]]])
        expect(await lab.rest(guests)).toBe('')
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, adopt))
    expect(await libvirt.read(names.map((name) => ['dumpxml', '--inactive', name]))).toEqual(before)
  } finally {
    for (const name of names) await libvirt.virsh(['undefine', name, '--nvram', '--tpm'])
  }
})
