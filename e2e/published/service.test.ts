import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { blocksOf } from '../../docs/testing/blocks.ts'
import { startCloudflare } from '../cloudflare/stand-in.ts'
import { labBeside, root } from '../lares.ts'
import { onHost, rigHost } from '../rig/rig.ts'
import { leaks } from './leaks.ts'

const MINUTES = 4
const debian = rigHost('debian')

/** In place of cloudflared, which is not to be had here: it says how long its token is, and connects to nothing. */
const standIn = `#!/bin/sh
echo "$*, token of \${#TUNNEL_TOKEN}" > /run/connector/said
exec sleep 10000
`

/** The lab of the README that has the connector as a service of a machine. */
async function readmeLab(replace: Record<string, string>): Promise<string> {
  const readme = await readFile(join(root, 'packages/plugin-cloudflare/README.md'), 'utf8')
  const block = blocksOf(readme).find(({ text }) => text.includes('host.service('))
  return Object.entries(replace).reduce((text, [from, to]) => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }, block?.text ?? '')
}

test('the connector as a service of a machine: its token is in one file that root alone reads', {
  timeout: MINUTES * 60_000,
}, async () => {
  await using cloudflare = await startCloudflare({ zone: 'example.org' })
  const on = (command: string) => onHost(debian, 'sh', '-ec', command)
  await onHost(
    debian,
    'sh',
    '-ec',
    'printf %s "$1" > /usr/bin/cloudflared && chmod 755 /usr/bin/cloudflared',
    'sh',
    standIn,
  )
  onTestFinished(async () => void (await on('rm -f /usr/bin/cloudflared')))
  const config = await readmeLab({
    "'0123456789abcdef0123456789abcdef',": `'${cloudflare.account.id}', url: '${cloudflare.url}',`,
    "'tower.lan'": "'debian'",
    'DynamicUser=yes': 'DynamicUser=yes\nRuntimeDirectory=connector',
  })
  const env = { CLOUDFLARE_API_TOKEN: cloudflare.token.value }
  const lab = await labBeside('published', { 'lares.config.ts': config }, { env, minutes: MINUTES })
  onTestFinished(() => lab.remove())
  const said: string[] = []
  const lares = async (...args: string[]) => {
    const { exitCode, text } = await lab.lares(...args)
    expect(exitCode, text).toBe(0)
    said.push(text)
  }
  await lares('apply', '--yes')
  await lares('plan', '--detailed-exitcode')

  const tunnels = `/accounts/${cloudflare.account.id}/cfd_tunnel`
  const [{ id }] = cloudflare.seed.plant('GET', tunnels) as [{ id: string }]
  const token = String(cloudflare.seed.plant('GET', `${tunnels}/${id}/token`))
  expect((await on('cat /etc/cloudflared.env')).stdout).toBe(`TUNNEL_TOKEN=${token}`)
  expect((await on('stat --format="%U %a" /etc/cloudflared.env')).stdout).toBe('root 600')
  await expect
    .poll(async () => (await on('cat /run/connector/said')).stdout, { timeout: 15_000 })
    .toBe(`--no-autoupdate tunnel run, token of ${token.length}`)
  expect((await on('cat /proc/[0-9]*/cmdline | tr "\\0" " "')).stdout).not.toContain(token)
  expect((await on('grep -rlF "$(cut -d= -f2 /etc/cloudflared.env)" /etc /var /tmp /root || true')).stdout).toBe(
    '/etc/cloudflared.env',
  )

  const secrets = cloudflare.secretsSeen()
  expect(secrets).toContain(token)
  expect(await leaks(lab.directory, secrets)).toEqual([])
  const running: unknown[] = []
  cloudflare.faults.add({
    method: 'DELETE',
    path: /cfd_tunnel/,
    happens: {
      meanwhile: async () => void running.push((await on('ls /run/connector 2>&1 || true')).stdout),
      when: 'before',
    },
  })
  await lares('destroy', '--yes')
  // Cloudflare keeps a tunnel that a connector still runs.
  expect(running).toEqual([expect.stringContaining('No such file')])
  expect(secrets.filter((secret) => said.join('\n').includes(secret))).toEqual([])
  expect((await on('ls /etc/cloudflared.env 2>&1 || true')).stdout).toContain('No such file')
})
