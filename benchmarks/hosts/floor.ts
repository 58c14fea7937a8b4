/** The least that finds out the same: one connection and one command for each machine, all at once, with bare ssh2. */
import { readFileSync } from 'node:fs'
import ssh2 from 'ssh2'
import { directories, files, links, packages, users } from './lab.ts'
import type { BenchMachine } from './machines.ts'

const { identityFile, machines } = JSON.parse(readFileSync('machines.json', 'utf8')) as {
  identityFile: string
  machines: BenchMachine[]
}
const privateKey = readFileSync(identityFile)
const paths = [...directories, ...files.map(({ path }) => path), ...links]
const command = `cat /etc/machine-id; stat -c '%F|%a|%U|%G|%n' ${paths.join(' ')}; sha256sum ${files.map(({ path }) => path).join(' ')}
readlink ${links.join(' ')}; dpkg-query -W ${packages.join(' ')}; getent passwd ${users.join(' ')}`

const answers = await Promise.all(
  machines.map(
    ({ address }) =>
      new Promise<string>((resolve, reject) => {
        const client = new ssh2.Client()
        client.once('error', reject)
        client.once('ready', () =>
          client.setNoDelay(true).exec(command, (error, channel) => {
            if (error) return reject(error)
            let output = ''
            channel.on('data', (chunk: Buffer) => (output += chunk.toString()))
            channel.stderr.resume()
            channel.once('close', () => {
              client.end()
              resolve(output)
            })
            channel.end()
          }),
        )
        client.connect({ host: address, username: 'root', privateKey })
      }),
  ),
)
const lines = answers.map((answer) => answer.trim().split('\n').length)
const expected = 1 + paths.length + files.length + links.length + packages.length + users.length
if (lines.some((count) => count !== expected)) throw new Error(`${lines.join(' ')} lines, not ${expected}`)
