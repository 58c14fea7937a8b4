import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { onlyChild, startDaemon } from './daemon.ts'
import { engineAnswers, engineSettings } from './engine.ts'
import { gateway, type HostSpec, hostSpecs, rigDir, users, wire } from './layout.ts'
import type { RigHost } from './rig.ts'

export const home = join(rigDir, 'home')
const sshDir = join(home, '.ssh')
const identityFile = join(sshDir, 'id_ed25519')
const knownHosts = join(sshDir, 'known_hosts')
/** The SSH client configuration that knows every host by name. */
export const sshConfig = join(sshDir, 'config')

const hostsFile = [
  '127.0.0.1 localhost',
  `${gateway} rig`,
  ...hostSpecs.map(({ address, name }) => `${address} ${name}`),
  '',
].join('\n')

/** Makes the client's key and configuration and the wires that the hosts hang on. Comes before any host. */
export async function prepareHosts(signal: AbortSignal): Promise<void> {
  await mkdir(sshDir, { recursive: true, mode: 0o700 })
  await writeFile('/etc/hosts', hostsFile)
  await writeFile(knownHosts, '')
  await writeFile(sshConfig, hostSpecs.map(clientConfig).join('\n'), { mode: 0o600 })
  const wires = hostSpecs.flatMap(({ name, address, kind }) =>
    kind === 'hypervisor'
      ? [`addr add ${address}/24 dev rigbr0`]
      : [
          `netns add ${name}`,
          `link add ${wire(name)} type veth peer name eth0 netns ${name}`,
          `link set ${wire(name)} master rigbr0 up`,
        ],
  )
  await Promise.all([
    makeKey(identityFile, 'lares-rig', signal),
    execa('ip', ['-batch', '-'], { input: wires.join('\n'), cancelSignal: signal, timeout: 10_000 }),
  ])
}

/**
 * Starts one host and returns it once its sshd, and its engine if it has one, answer. `debian` is the root file system of
 * hosts that have one of their own.
 */
export async function startHost(
  spec: HostSpec,
  debian: string,
  cgroupParent: string,
  signal: AbortSignal,
): Promise<RigHost> {
  const { name, address, user, kind } = spec
  const machineId = randomBytes(16).toString('hex')
  const setup = await writeSetup(spec, machineId, cgroupParent, signal)
  const command = kind === 'systemd' ? bootCommand(spec, setup, debian, cgroupParent) : initCommand(spec, setup)
  const outer = await startDaemon(`host-${name}`, command, {
    ready: (attempt) => greets(address, attempt),
    env: { RIG_USERS: users.join(' ') },
    signal,
  })
  const supervisor = kind === 'systemd' ? outer : null
  const pid = await onlyChild(supervisor === null ? outer : await onlyChild(supervisor))
  const root = `/proc/${pid}/root`
  if (kind === 'engine') await engineAnswers(`${root}/run/docker.sock`, signal)
  const docker = kind === 'engine' ? { socketPath: '/var/run/docker.sock' } : null
  const cable = kind === 'hypervisor' ? null : wire(name)
  return {
    ...{ name, address, port: 22, user, identityFile, knownHosts, machineId, docker, pid, root },
    ...{ wire: cable, supervisor },
  }
}

/** What runs this machine's programs as another host. */
function initCommand({ name, address, kind }: HostSpec, setup: string): string[] {
  const isolation = ['--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', '--propagation', 'private']
  const init = ['unshare', ...isolation, 'bash', script('host-init.sh'), name, address]
  return kind === 'hypervisor' ? [...init, '', setup] : ['nsenter', `--net=/run/netns/${name}`, ...init, gateway, setup]
}

/** What boots a Debian of its own. */
function bootCommand({ name, address }: HostSpec, setup: string, debian: string, cgroupParent: string): string[] {
  const boot = ['bash', script('systemd-host.sh'), name, address, gateway, setup, debian]
  return ['bash', script('in-cgroup.sh'), `${cgroupParent}/${name}`, ...boot]
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

async function writeSetup(
  { name, address, kind }: HostSpec,
  machineId: string,
  cgroupParent: string,
  signal: AbortSignal,
) {
  const setup = join(rigDir, 'hosts', `${name}.etc`)
  await Promise.all(['ssh', 'sudoers.d', 'docker'].map((folder) => mkdir(join(setup, folder), { recursive: true })))
  const key = join(setup, 'ssh/rig_host_key')
  await makeKey(key, name, signal)
  const publicKey = (await readFile(`${key}.pub`, 'utf8')).split(' ', 2).join(' ')
  await appendFile(knownHosts, `${name},${address} ${publicKey}\n`)
  const settings = engineSettings(`${cgroupParent}/${name}`)
  await Promise.all([
    writeFile(join(setup, 'machine-id'), `${machineId}\n`),
    writeFile(join(setup, 'hostname'), `${name}\n`),
    writeFile(join(setup, 'hosts'), hostsFile),
    writeFile(join(setup, 'ssh/sshd_config'), `ListenAddress ${address}\n${serverConfig}`),
    writeFile(join(setup, 'ssh/rig_authorized_keys'), await readFile(`${identityFile}.pub`)),
    writeFile(join(setup, 'sudoers.d/ops'), 'ops ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 }),
    kind === 'engine' && writeFile(join(setup, 'docker/daemon.json'), JSON.stringify(settings)),
  ])
  return setup
}

const serverConfig = `HostKey /etc/ssh/rig_host_key
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/rig_authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
PidFile /run/sshd.pid
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp
`

function clientConfig({ name, address, user }: HostSpec): string {
  return `Host ${name}
  HostName ${address}
  User ${user}
  IdentityFile ${identityFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${knownHosts}
  StrictHostKeyChecking yes
`
}

async function makeKey(file: string, comment: string, signal: AbortSignal): Promise<void> {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]
  await execa('ssh-keygen', args, { cancelSignal: signal, timeout: 10_000 })
}

/** Whether an sshd answers on port 22 of an address. */
export function greets(host: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 22, signal })
    socket.once('data', (banner) => {
      socket.destroy()
      resolve(banner.toString().startsWith('SSH-2.0'))
    })
    socket.once('error', reject)
    // An sshd that is being stopped hangs up without a word.
    socket.once('close', () => resolve(false))
  })
}
