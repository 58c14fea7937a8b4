import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { testLab } from './lab.ts'

const run = promisify(execFile)
const tsc = join(import.meta.dirname, '../../../node_modules/.bin/tsc')

for (const docker of ['', ' --docker']) {
  test(`a lab in YAML is valid at once${docker}`, async () => {
    const lab = await testLab()
    const { code, out } = await lab.run(`init --yaml${docker} my-lab`)
    expect(code).toBe(0)
    expect(out).toMatchSnapshot()
    expect((await readdir(lab.path('my-lab'))).sort()).toEqual(['.gitignore', 'lares.yaml'])
    const valid = await lab.run('validate --config my-lab/lares.yaml')
    expect(valid).toMatchObject({ code: 0, err: '' })
  })

  test(`a lab in TypeScript is valid at once, for the compiler too${docker}`, { timeout: 60_000 }, async () => {
    const lab = await testLab()
    const { code, out } = await lab.run(`init${docker} my-lab`)
    expect(code).toBe(0)
    expect(out).toMatchSnapshot()
    const valid = await lab.run('validate --config my-lab/lares.config.ts')
    expect(valid).toMatchObject({ code: 0, err: '' })
    await run(tsc, [
      '--project',
      lab.path('my-lab'),
      '--customConditions',
      'lares-source',
      '--exactOptionalPropertyTypes',
      '--types',
      'node',
      '--typeRoots',
      join(tsc, '../../@types'),
    ])
    expect(JSON.parse(await lab.read('my-lab/package.json'))).toMatchObject({ name: 'my-lab', private: true })
  })
}

test('nothing is overwritten, and then nothing is written at all', async () => {
  const lab = await testLab({ 'tsconfig.json': '{}', '.gitignore': 'x' })
  const { code, err } = await lab.run('init')
  expect(code).toBe(1)
  expect(err).toMatchInlineSnapshot(`
    "Error: tsconfig.json and .gitignore are there already [file_exists]
      → Nothing was written. Choose another directory, or remove what is in the way.
    "
  `)
  expect((await readdir(lab.directory)).sort()).toEqual(['.gitignore', 'node_modules', 'tsconfig.json'])
})
