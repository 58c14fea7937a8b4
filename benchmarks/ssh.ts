import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connectHost } from '@lares/transport'
import ssh2, { type Client } from 'ssh2'
import { createLogin, type Login, type Sshd, startSshd } from '../packages/transport/src/testing/sshd.ts'
import { type Row, takeTurns, timed } from './measure.ts'

const commands = 100
const atOnce = 4
const rounds = 9

/** 100 commands on one SSH host, login included, against a bare ssh2 loop; medians of rounds that take turns. */
export default async function ssh(): Promise<Row[]> {
  const login = createLogin()
  const server = await startSshd({ authorized: [login.publicKey] })
  try {
    login.know(...server.knownHosts)
    const { floor, lares } = await takeTurns(rounds, {
      floor: () => timed(() => bareLoop(server, login)),
      lares: () => timed(() => laresLoop(server, login)),
    })
    return [{ name: `${commands} commands on one SSH host`, floor, lares, aim: 1.2 }]
  } finally {
    await server.stop()
    login.remove()
  }
}

async function laresLoop(server: Sshd, login: Login): Promise<void> {
  const host = await connectHost(server.endpoint, login)
  await Promise.all(Array.from({ length: commands }, (_, n) => host.exec(['echo', String(n)])))
  await host.close()
}

async function bareLoop(server: Sshd, login: Login): Promise<void> {
  const sock = connect({ host: '127.0.0.1', port: server.port, noDelay: true })
  const client = new ssh2.Client()
  const privateKey = readFileSync(join(login.home, '.ssh/id_ed25519'))
  await new Promise<void>((resolve, reject) => {
    client.once('ready', () => resolve()).once('error', reject)
    client.connect({ sock, username: 'root', privateKey })
  })
  let next = 0
  const worker = async () => {
    while (next < commands) await bareCommand(client, `echo ${next++}`)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  client.end()
  await closed
}

function bareCommand(client: Client, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(line, (error, channel) => {
      if (error) return reject(error)
      let output = ''
      channel.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
      channel.stderr.resume()
      channel.once('close', () => resolve(output))
      channel.end()
    })
  })
}
