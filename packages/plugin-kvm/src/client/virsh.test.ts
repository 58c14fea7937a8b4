import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localHost } from '@lares/transport'
import { expect, onTestFinished, test } from 'vitest'
import { codeOf } from './error.ts'
import { connectLibvirt } from './virsh.ts'

/** What virsh 9.0.0 says in the C locale. */
test.each([
  ["failed to get domain 'x'\nDomain not found: no domain with matching name 'x'", 'not_found'],
  ["failed to get pool 'x'\nStorage pool not found: no storage pool with matching name 'x'", 'not_found'],
  ["operation failed: domain 'x' already exists with uuid 1", 'already_exists'],
  ['Requested operation is not valid: domain is not running', 'not_running'],
  ['Requested operation is not valid: domain is already running', 'already_running'],
  ['Guest agent is not responding: QEMU guest agent is not connected', 'no_agent'],
  [
    "failed to connect to the hypervisor\nFailed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
    'unreachable',
  ],
  ["internal error: pool 'p' has asynchronous jobs running.", 'busy'],
  ['cannot write: No space left on device', 'no_space'],
  [
    "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
    'permission_denied',
  ],
  ['this function is not supported by the connection driver: virConnectGetDomainCapabilities', 'unsupported'],
  ['XML error: Invalid value', 'invalid'],
])('%s', (said, code) => expect(codeOf(said)).toBe(code))

/** A virsh that answers from a script, where none may be installed. */
async function fakeVirsh(body: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'virsh-'))
  const path = process.env.PATH
  await writeFile(join(directory, 'virsh'), `#!/bin/sh\n${body}\n`)
  await chmod(join(directory, 'virsh'), 0o755)
  process.env.PATH = `${directory}:${path}`
  onTestFinished(async () => {
    process.env.PATH = path
    await rm(directory, { recursive: true })
  })
}

test('a busy pool is asked again, and anything else only once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'busy-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const times = join(directory, 'times')
  await fakeVirsh(
    `echo x >> ${times}
if [ "$(wc -l < ${times})" -lt 3 ]; then echo "error: pool 'p' has asynchronous jobs running" >&2; exit 1; fi
if [ "$(wc -l < ${times})" = 4 ]; then echo 'error: XML error: bad' >&2; exit 1; fi
cat; echo "$@"`,
  )
  const libvirt = connectLibvirt({ host: localHost(), uri: 'test:///default' })
  expect(await libvirt.virsh(['define', '/dev/stdin'], { input: '<domain/>' })).toBe(
    '<domain/>-q -c test:///default define /dev/stdin\n',
  )
  await expect(libvirt.virsh(['define', 'x'])).rejects.toMatchObject({ code: 'invalid', detail: 'XML error: bad' })
})

test('without a connection every question has the same answer', async () => {
  await fakeVirsh("echo 'error: failed to connect to the hypervisor' >&2; exit 1")
  const libvirt = connectLibvirt({ host: localHost() })
  await expect(libvirt.read([['list'], ['nodeinfo']])).rejects.toMatchObject({ code: 'unreachable' })
})
