import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '@lares/core'
import { expect, onTestFinished, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')

test('the lab of the README: planned, applied, and nothing is left to do', async () => {
  const [code] = /(?<=```ts\n)\/\/ lares\.config\.ts\n.*?(?=```)/s.exec(readme) ?? []
  const directory = await mkdtemp(join(import.meta.dirname, 'example-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'lares.config.ts')
  await writeFile(path, code!.replaceAll('nginx:1.27', images.web))
  const { default: home } = (await import(path)) as { default: Lab }
  const lab = await testLab('home', { SITE_TOKEN: 'open-sesame' })
  const { engine } = lab
  const planned = await engine.plan(home)
  const { outputs, failed } = await planned.apply()
  await planned.close()
  expect(failed).toBe(0)
  expect(outputs).toEqual({ port: { '80/tcp': 8081 } })
  expect((await fetch('http://127.0.0.1:8081/')).status).toBe(200)
  const again = await engine.plan(home)
  expect(again.plan.nodes.map(({ action }) => action)).toEqual(['none', 'none', 'none', 'none', 'none'])
  await again.close()
  const destroyed = await engine.plan(home, { mode: 'destroy', allowDataLoss: ['pages'] })
  await destroyed.apply()
  await destroyed.close()
})
