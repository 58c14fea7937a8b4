import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { rig } from '../../../e2e/rig/rig.ts'
import host from '../src/index.ts'

/** A whole Debian with systemd over the files of this machine, reached over SSH. It forgets everything when it ends. */
export interface SystemdHost {
  address: string
  hostKey: string
  identityFile: string
  /** It as a resource, for root or for a user who has to become root by sudo. */
  machine(user?: 'ops'): ReturnType<typeof host.machine>
  /** Runs a script on it behind Lares' back. */
  shell(script: string, ...args: string[]): Promise<string>
  stop(): Promise<void>
}

const target = `[Unit]
Requires=rig-sshd.service
AllowIsolate=yes
`
const sshd = `[Unit]
DefaultDependencies=no
[Service]
ExecStartPre=/bin/mkdir -p /run/sshd
ExecStart=/usr/sbin/sshd -D -e -o UsePAM=no -o HostKey=/etc/ssh/rig -o AuthorizedKeysFile=/etc/ssh/rig_keys -o MaxStartups=100
`

/** Boots one with this number, in about a second. */
export async function startSystemdHost(number: number): Promise<SystemdHost> {
  const [name, address] = [`sd${number}`, `10.77.0.${100 + number}`]
  const folder = join('/run', name)
  const at = (path: string) => join(folder, 'root', path)
  await mkdir(folder, { recursive: true })
  await execa('mount', ['-t', 'tmpfs', name, folder])
  for (const part of ['upper', 'work', 'root']) await mkdir(join(folder, part))
  const layers = `lowerdir=/,upperdir=${folder}/upper,workdir=${folder}/work`
  await execa('mount', ['-t', 'overlay', '-o', layers, name, join(folder, 'root')])
  const { hosts, cgroup } = rig()
  const { identityFile } = hosts[0]!
  const identity = readFileSync(`${identityFile}.pub`)
  await execa('rm', [
    '-rf',
    at('etc/systemd/system'),
    at('var/lib/lares'),
    at('var/log/journal'),
    at('usr/sbin/policy-rc.d'),
    // What the tester's own shell does at its start is no part of the host.
    at('root/.bashrc'),
    at('root/.profile'),
  ])
  await mkdir(at('etc/systemd/system'))
  await writeFile(at('etc/systemd/system/default.target'), target)
  await writeFile(at('etc/systemd/system/rig-sshd.service'), sshd)
  await writeFile(at('etc/hostname'), `${name}\n`)
  await writeFile(at('etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${name}\n`)
  await writeFile(at('etc/machine-id'), `${crypto.randomUUID().replaceAll('-', '')}\n`)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('etc/ssh/rig')])
  await writeFile(at('etc/ssh/rig_keys'), identity)
  await writeFile(at('etc/sudoers.d/ops'), 'ops ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 })
  await execa('chroot', [
    join(folder, 'root'),
    'sh',
    '-c',
    'id ops 2>/dev/null || useradd -m -s /bin/sh -p "*" ops; usermod -p "*" root',
  ])

  const network = ['--network-bridge=rigbr0', '--resolv-conf=off', '--timezone=off']
  const how = ['-q', '-D', join(folder, 'root'), '-M', name, '--register=no', '--keep-unit', ...network]
  // Two systemds in one cgroup would kill each other's processes.
  const apart = [fileURLToPath(new URL('../../../e2e/rig/in-cgroup.sh', import.meta.url)), `${cgroup}/${name}`]
  const boot = [...apart, 'systemd-nspawn', ...how, '--boot', '--console=pipe']
  const nspawn = spawn('bash', boot, { stdio: 'ignore', detached: true })
  const ended = new Promise<void>((resolve) => nspawn.once('exit', () => resolve()))
  // Its first children only prepare the way for the one that stays.
  const initOf = (): number => {
    const children = readFileSync(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`, 'utf8').trim().split(' ')
    return Number(children.at(-1))
  }
  const shell = async (script: string, ...args: string[]): Promise<string> => {
    const inside = ['--target', String(initOf()), '--all', '--wd=/', 'sh', '-c', script, 'sh', ...args]
    return (
      await execa('nsenter', inside, {
        timeout: 60_000,
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        extendEnv: false,
      })
    ).stdout
  }
  await until(async () => (await shell('systemctl is-active rig-sshd')) === 'active' || undefined)
  await shell(`ip link set host0 up; ip addr add ${address}/24 dev host0`)
  const hostKey = readFileSync(at('etc/ssh/rig.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  return {
    ...{ address, hostKey, identityFile, shell },
    machine: (user) =>
      host.machine(name, {
        ...{ address, hostKey, identityFiles: [identityFile], user: user ?? 'root' },
        ...(user ? { sudo: true } : {}),
      }),
    async stop() {
      process.kill(initOf(), 'SIGKILL')
      await Promise.race([ended, sleep(5_000)])
      await execa('umount', ['-R', '-l', folder], { reject: false })
    },
  }
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const found = await look().catch(() => undefined)
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new Error('The host does not come up')
}
