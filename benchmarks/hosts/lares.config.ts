import { readFileSync } from 'node:fs'
import { defineLab } from '@lares/core'
import host from '@lares/plugin-host'
import type { BenchMachine } from './machines.ts'

const { packages, users, directories, files, links } = await import(`${process.env.BENCH_LAB}`)
const { identityFile, machines } = JSON.parse(readFileSync('machines.json', 'utf8')) as {
  identityFile: string
  machines: BenchMachine[]
}

const resources = machines.flatMap(({ name, address, hostKey }) => {
  const on = host.machine(name, { address, user: 'root', hostKey, identityFiles: [identityFile] })
  const id = (text: string) => `${name}-${text.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '')}`
  const app = directories.map((path: string) => host.directory(id(path), { on, path, mode: '0755' }))
  return [
    on,
    ...packages.map((each: string) => host.package(id(`package-${each}`), { on, name: each })),
    ...users.map((each: string) => host.user(id(`user-${each}`), { on, name: each })),
    ...app,
    ...files.map(({ path, content }: { path: string; content: string }) =>
      host.file(id(path), { on, path, content, mode: '0644', owner: 'root', dependsOn: app }),
    ),
    ...links.map((path: string) => host.link(id(path), { on, path, target: '/srv/app/data', dependsOn: app })),
  ]
})

export default defineLab({ name: 'bench', resources })
