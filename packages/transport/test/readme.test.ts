import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithSshd } from '../src/testing/parts.ts'
import { createLogin, type Sshd, startSshd } from '../src/testing/sshd.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)

const expected = [
  /^root@127\.0\.0\.1:\d+ runs \S+\n$/,
  /^$/,
  /^\d+ processors\n[\s\S]+\d+\/\d+ \d+\n/,
  /^\d+\.\S+\n[\s\S]*localhost/,
  /^greeting = hello\n\n$/,
  /^root\n\n$/,
  /^200\nhttp:\/\/127\.0\.0\.1:\d+\n$/,
  /^page .*127\.0\.0\.1:81/,
]

describeWithSshd('the examples of the README', () => {
  const login = createLogin()
  const socketPath = join(login.home, 'docker.sock')
  const engine = createServer((_request, response) => response.end('OK'))
  let server: Sshd

  beforeAll(async () => {
    await once(engine.listen(socketPath), 'listening')
    server = await startSshd({ authorized: [login.publicKey] })
    login.know(...server.knownHosts)
    login.configure(`Host *.lan\n HostName 127.0.0.1\n Port ${server.port}\n`)

    mkdirSync(join(login.home, 'node_modules/@lares'), { recursive: true })
    symlinkSync(join(root, 'packages/transport'), join(login.home, 'node_modules/@lares/transport'))
    symlinkSync(join(root, 'node_modules/@types'), join(login.home, 'node_modules/@types'))
    writeFileSync(join(login.home, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(login.home, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.base.json'), include: ['*.ts'] }),
    )
    for (const [index, code] of examples.entries())
      writeFileSync(join(login.home, `${index}.ts`), code.replaceAll('/var/run/docker.sock', socketPath))
  })
  afterAll(async () => {
    engine.close()
    await server.stop()
    login.remove()
  })

  test('all of them are expected', () => {
    expect(examples).toHaveLength(expected.length)
  })

  test('compile', { timeout: 120_000 }, async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '-p', login.home]).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })

  test.each(expected.map((output, index) => [index, output] as const))('%i runs', async (index, output) => {
    const { PATH } = process.env
    const args = ['--conditions=lares-source', '--disable-warning=ExperimentalWarning', join(login.home, `${index}.ts`)]
    const { stdout, stderr } = await run(process.execPath, args, { env: { PATH, HOME: login.home }, timeout: 15_000 })
    expect(stderr).toBe('')
    expect(stdout).toMatch(output)
  })
})
