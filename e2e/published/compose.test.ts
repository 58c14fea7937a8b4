import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { type CloudflareStandIn, startCloudflare } from '../cloudflare/stand-in.ts'
import { type Lab, labBeside, root } from '../lares.ts'
import { onHost, rig, rigHost } from '../rig/rig.ts'
import { leaks } from './leaks.ts'

const MINUTES = 4
const { images, registry } = rig()
const h2 = rigHost('h2')

/** In place of cloudflared, which is not to be had here: it says how long its token is, and connects to nothing. */
async function connectorStandIn(): Promise<string> {
  const image = `${registry.address}/cloudflared-stand-in:v1`
  const file = `FROM ${images.busybox}
ENTRYPOINT ["sh", "-c", "echo \\"$0 $*, token of \${#TUNNEL_TOKEN}\\"; exec sleep 10000"]
`
  await execa('docker', ['build', '--tag', image, '-'], { input: file, timeout: 60_000 })
  await execa('docker', ['push', image], { timeout: 60_000 })
  onTestFinished(async () => void (await execa('docker', ['image', 'rm', image], { reject: false })))
  return image
}

/** The example on the rig's host `h2`, with the stand-ins of Cloudflare and cloudflared. */
async function published(cloudflare: CloudflareStandIn): Promise<Lab> {
  const textOf = (file: string) => readFile(join(root, 'examples/published', file), 'utf8')
  const replaced = (text: string, parts: Record<string, string>) =>
    Object.entries(parts).reduce((all, [from, to]) => {
      expect(all).toContain(from)
      return all.replaceAll(from, to)
    }, text)
  const lab = await labBeside(
    'published',
    {
      'compose.yaml': replaced(await textOf('compose.yaml'), { 'nginx:1.27-alpine': images.web }),
      'lares.config.ts': replaced(await textOf('lares.config.ts'), {
        "'0123456789abcdef0123456789abcdef',": `'${cloudflare.account.id}', url: '${cloudflare.url}',`,
        "address: 'tower'": "address: 'h2'",
        'cloudflare/cloudflared:2025.8.1': await connectorStandIn(),
      }),
    },
    { env: { CLOUDFLARE_API_TOKEN: cloudflare.token.value }, minutes: MINUTES },
  )
  onTestFinished(() => lab.remove())
  return lab
}

const CREDENTIALS = '/etc/wiki-backup.env'
type Credentials = { id: string; secret: string }

/** What the machine shows that has no mailbox. */
async function credentials(): Promise<Credentials> {
  const { stdout } = await onHost(h2, 'cat', CREDENTIALS)
  const [, id = '', secret = ''] =
    /^CF_ACCESS_CLIENT_ID=(\S+)\nCF_ACCESS_CLIENT_SECRET=(\S+)$/.exec(String(stdout)) ?? []
  return { id, secret }
}

async function edit(directory: string, from: string, to: string): Promise<void> {
  const file = join(directory, 'lares.config.ts')
  const text = await readFile(file, 'utf8')
  expect(text).toContain(from)
  await writeFile(file, text.replace(from, to))
}

test('the published wiki: the connector has the token of its tunnel, and no file has it', {
  timeout: MINUTES * 60_000,
}, async () => {
  await using cloudflare = await startCloudflare({ zone: 'example.org' })
  const lab = await published(cloudflare)
  const said: string[] = []
  const lares = async (...args: string[]) => {
    const { exitCode, text, stdout } = await lab.lares(...args)
    expect(exitCode, text).toBe(0)
    said.push(text)
    return stdout
  }
  expect(await lares('plan')).toContain('wiki')
  expect(cloudflare.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  await lares('apply', '--yes')
  await lares('plan', '--detailed-exitcode')
  expect(cloudflare.edge.exposures).toEqual([])

  const [tunnel] = cloudflare.seed.plant('GET', `/accounts/${cloudflare.account.id}/cfd_tunnel`) as [{ id: string }]
  const token = cloudflare.seed.plant('GET', `/accounts/${cloudflare.account.id}/cfd_tunnel/${tunnel.id}/token`)
  const inspected = await onHost(h2, 'docker', 'inspect', 'home-cloudflared-1')
  const [{ Config, Args, Path }] = JSON.parse(inspected.stdout as string)
  expect(Config.Env).toContain(`TUNNEL_TOKEN=${token}`)
  expect(JSON.stringify([Config.Cmd, Config.Entrypoint, Config.Labels, Args, Path])).not.toContain(token)
  const logs = await onHost(h2, 'docker', 'logs', 'home-cloudflared-1')
  expect(logs.stdout).toBe(`tunnel run, token of ${String(token).length}`)

  const admits = ({ id, secret }: Credentials) => cloudflare.edge.admits('wiki.example.org', id, secret)
  const first = await credentials()
  expect(admits(first)).toBe(true)
  expect((await onHost(h2, 'stat', '--format=%a', CREDENTIALS)).stdout).toBe('600')
  await edit(lab.directory, "serviceToken('backup', { on: cf", "serviceToken('backup', { on: cf, rotation: 2")
  await lares('apply', '--yes')
  await lares('plan', '--detailed-exitcode')
  const second = await credentials()
  expect(second.secret).not.toBe(first.secret)
  // What has not heard of the new one yet is let in all the same, until the overlap ends.
  expect([first, second].map(admits)).toEqual([true, true])

  const secrets = cloudflare.secretsSeen()
  expect(secrets).toEqual(expect.arrayContaining([token, first.secret, second.secret]))
  expect(await leaks(lab.directory, secrets)).toEqual([])
  expect(secrets.filter((secret) => said.join('\n').includes(secret))).toEqual([])

  const running: unknown[] = []
  const look = async () => void running.push((await onHost(h2, 'docker', 'ps', '--quiet')).stdout)
  cloudflare.faults.add({ method: 'DELETE', path: /cfd_tunnel/, happens: { meanwhile: look, when: 'before' } })
  await lares('destroy', '--yes')
  // Cloudflare keeps a tunnel that a connector still runs.
  expect(running).toEqual([''])
  expect(await leaks(lab.directory, secrets)).toEqual([])
  expect(cloudflare.edge.exposures).toEqual([])
  const left = cloudflare.seed.plant('GET', `/accounts/${cloudflare.account.id}/access/apps`)
  expect(left).toEqual([])
})
