// `npm run lares -- plan` in the quick start's folder, with the settings that the quick start chose.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const lab = fileURLToPath(new URL('../examples/quickstart/', import.meta.url))
let settings = {}
try {
  settings = JSON.parse(readFileSync(`${lab}/.lares/quickstart.json`, 'utf8'))
} catch {
  process.stderr.write('Run the quick start first: npm run quickstart\n')
}
const { status } = spawnSync('lares', process.argv.slice(2), {
  cwd: lab,
  stdio: 'inherit',
  env: { ...process.env, ...settings },
})
process.exitCode = status ?? 1
