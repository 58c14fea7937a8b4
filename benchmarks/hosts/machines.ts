import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { rig } from '../../e2e/rig/rig.ts'
import { directories, files, links } from './lab.ts'

/** A machine of the benchmark: a network of its own with an OpenSSH server, and files of its own below /srv. */
export interface BenchMachine {
  name: string
  address: string
  hostKey: string
}

const server = (key: string, keys: string) => `HostKey ${key}
AuthorizedKeysFile ${keys}
UsePAM no
PidFile none
MaxStartups 100
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
`

/** What is planned without change is there already. */
const content = [
  'umask 022',
  ...directories.map((path) => `mkdir ${path}`),
  ...files.map(({ path, content: text }) => `cat > ${path} <<'END'\n${text}END`),
  ...links.map((path) => `ln -s /srv/app/data ${path}`),
].join('\n')

/** Starts them inside the rig, with which they end. */
export async function startMachines(count: number): Promise<{ identityFile: string; machines: BenchMachine[] }> {
  const { identityFile } = rig().hosts[0]!
  const folder = '/run/bench-hosts'
  await mkdir(folder, { recursive: true })
  const keys = join(folder, 'authorized_keys')
  await writeFile(keys, readFileSync(`${identityFile}.pub`))
  await writeFile(join(folder, 'content.sh'), content)
  const machines = Array.from({ length: count }, (_, index) => ({
    name: `bench${index}`,
    address: `10.77.0.${150 + index}`,
  }))
  return {
    identityFile,
    machines: await Promise.all(machines.map((machine) => startMachine({ ...machine, folder, keys }))),
  }
}

async function startMachine({
  name,
  address,
  folder,
  keys,
}: Omit<BenchMachine, 'hostKey'> & { folder: string; keys: string }) {
  const key = join(folder, name)
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key])
  await writeFile(join(folder, `${name}.conf`), server(key, keys))
  await writeFile(join(folder, `${name}.id`), `${crypto.randomUUID().replaceAll('-', '')}\n`)
  const script = `set -e
ip netns add ${name}
ip link add v-${name} type veth peer name eth0 netns ${name}
ip link set v-${name} master rigbr0 up
ip -n ${name} link set lo up
ip -n ${name} link set eth0 up
ip -n ${name} addr add ${address}/24 dev eth0
exec nsenter --net=/run/netns/${name} unshare --mount --uts sh -ec '
  hostname ${name}
  mount --bind ${folder}/${name}.id /etc/machine-id
  mount -t tmpfs tmpfs /srv
  mount -t tmpfs -o mode=700 tmpfs /root
  mkdir -p /var/lib/lares
  mount -t tmpfs tmpfs /var/lib/lares
  sh ${folder}/content.sh
  exec /usr/sbin/sshd -D -f ${folder}/${name}.conf'`
  spawn('sh', ['-c', script], { stdio: 'ignore', detached: true }).unref()
  await answers(address)
  const hostKey = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  return { name, address, hostKey }
}

async function answers(address: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(22, address, () => resolve(true)).once('error', () => resolve(false))
      socket.setTimeout(1_000, () => socket.destroy(new Error('silent')))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await sleep(100)
  }
  throw new Error(`${address} does not answer`)
}
