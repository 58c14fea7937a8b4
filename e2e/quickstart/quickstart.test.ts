import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, labBeside, root } from '../lares.ts'
import { cutOff, onHost, restore, rig, rigHost } from '../rig/rig.ts'

/** The quick start's lab, in TypeScript and in YAML, with the rig's image in place of the public one. */
async function makeLab(env: Record<string, string> = {}): Promise<Lab> {
  const textOf = async (file: string) => {
    const text = await readFile(join(root, 'examples/quickstart', file), 'utf8')
    return text.replaceAll('nginx:1.27-alpine', rig().images.web)
  }
  const [code, document] = await Promise.all(['lares.config.ts', 'lares.yaml'].map(textOf))
  return await labBeside('quickstart', { 'lares.config.ts': code!, 'lares.yaml': document! }, { env })
}

/** Shows what the command said when it ended otherwise than expected. */
const ended = (ran: Awaited<ReturnType<Lab['lares']>>, exitCode = 0) =>
  expect(ran, `${ran.stdout}\n${ran.stderr}`).toMatchObject({ exitCode })

const page = async (address = 'localhost') => await (await fetch(`http://${address}:8080/`)).text()
/** Lists what carries the lab's mark; the engines are shared with other tests. */
const ours = (kind: 'container' | 'volume') => [
  kind,
  'ls',
  '--quiet',
  ...(kind === 'container' ? ['--all'] : []),
  '--filter=label=dev.lares.lab=quickstart',
]
const docker = async (...args: string[]) => (await execa('docker', args)).stdout

describe('the quick start', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await makeLab()
  })
  afterAll(() => lab.remove())

  it('brings the page up behind its proxy', async () => {
    const applied = await lab.lares('apply', '--yes', '--config', 'lares.config.ts')
    ended(applied, 0)
    expect(applied.stdout).toContain('http://localhost:8080/')
    expect(await page()).toContain('Your lab is up')
  })

  it('has nothing to do the second time', async () => {
    const planned = await lab.lares('plan', '--detailed-exitcode', '--config', 'lares.config.ts')
    expect(planned).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No changes') })
  })

  it('means the same in YAML', async () => {
    const planned = await lab.lares('plan', '--detailed-exitcode', '--config', 'lares.yaml')
    expect(planned).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No changes') })
  })

  it('replaces only what has to be, and the page stays', async () => {
    const file = join(lab.directory, 'lares.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('Your lab is up', 'Changed in YAML'))
    const planned = await lab.lares('plan', '--detailed-exitcode', '--config', 'lares.yaml')
    expect(planned).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('Plan: 1 to replace.') })
    ended(await lab.lares('apply', '--yes', '--config', 'lares.yaml'), 0)
    expect(await page()).toContain('Changed in YAML')
    await writeFile(file, text)
  })

  it('shows what was changed by hand, and brings it back', async () => {
    await docker('rm', '-f', 'site')
    await docker('update', '--restart', 'no', 'proxy')
    const drifted = await lab.lares('drift', '--config', 'lares.yaml')
    expect(drifted.stdout).toMatch(/site .*is gone/)
    expect(drifted.stdout).toContain('restart: "no", declared "unless-stopped"')
    ended(await lab.lares('apply', '--yes', '--config', 'lares.yaml'), 0)
    expect(await page()).toContain('Your lab is up')
    ended(await lab.lares('plan', '--detailed-exitcode', '--config', 'lares.yaml'), 0)
  })

  it('is taken down, but for the volume, until that is named', async () => {
    ended(await lab.lares('destroy', '--yes', '--config', 'lares.yaml'), 0)
    expect(await docker(...ours('container'))).toBe('')
    expect(await docker(...ours('volume'))).toBe('pages')
    const gone = await lab.lares('destroy', '--yes', '--config', 'lares.yaml', '--allow-data-loss', 'pages')
    ended(gone, 0)
    expect(await docker(...ours('volume'))).toBe('')
    expect((await lab.lares('state', 'list', '--config', 'lares.yaml')).stdout).not.toContain('pages')
  })
})

describe('the quick start on a second host, over SSH', () => {
  let lab: Lab
  const host = () => rigHost('h2')
  beforeAll(async () => {
    lab = await makeLab({ QUICKSTART_HOST: host().name, QUICKSTART_USER: host().user })
  })
  afterAll(async () => {
    await restore(host())
    await lab.remove()
  })

  it('is the same lab with another address', async () => {
    const applied = await lab.lares('apply', '--yes', '--config', 'lares.config.ts')
    ended(applied, 0)
    expect(await page(host().address)).toContain('Your lab is up')
    const again = await lab.lares('plan', '--detailed-exitcode', '--config', 'lares.config.ts')
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No changes') })
  })

  it('is reported as unreachable, not as gone, while the host does not answer', async () => {
    await cutOff(host())
    const planned = await lab.lares('plan', '--config', 'lares.config.ts')
    expect(planned.stdout + planned.stderr).toContain('unreachable')
    expect(planned.stdout).not.toMatch(/to (create|delete)/)
    ended(await lab.lares('apply', '--yes', '--config', 'lares.config.ts'), 3)
    await restore(host())
    const again = await lab.lares('plan', '--detailed-exitcode', '--config', 'lares.config.ts')
    ended(again, 0)
  })

  it('is taken down there', async () => {
    const gone = await lab.lares('destroy', '--yes', '--config', 'lares.config.ts', '--allow-data-loss', 'pages')
    ended(gone, 0)
    expect((await onHost(host(), 'docker', ...ours('container'))).stdout).toBe('')
    expect((await onHost(host(), 'docker', ...ours('volume'))).stdout).toBe('')
  })
})
