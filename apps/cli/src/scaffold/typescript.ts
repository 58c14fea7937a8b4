import { gitignore, packageJson } from './package.ts'
import type { Blank, Files } from './scaffold.ts'

export const typescriptFiles = (blank: Blank): Files => ({
  'lares.config.ts': blank.docker ? dockerLab(blank.name) : machineLab(blank.name),
  'package.json': packageJson(blank),
  'tsconfig.json': tsconfig,
  '.gitignore': gitignore,
})

const head = `// The lab as it shall be. "lares plan" shows what differs from it, "lares apply" makes it so.`

const machineLab = (name: string): string => `${head}
import { defineLab } from '@lares/core'
import host from '@lares/plugin-host'

// This machine. Another one is reached over SSH: host.machine('tower', { address: 'tower.lan', user: 'root' })
const machine = host.machine('this-machine', {})

export default defineLab({
  name: '${name}',
  resources: [machine],
  // What to show when an apply is done. An attribute of a resource is a ref to what it reports back.
  outputs: { system: machine.os.name },
})
`

const dockerLab = (name: string): string => `${head}
import { defineLab, interpolate } from '@lares/core'
import docker from '@lares/plugin-docker'

const port = 8080

const pages = docker.volume('pages', { name: '${name}-pages' })
const nginx = docker.image('nginx', { image: 'nginx:1.27-alpine' })
const web = docker.container('web', {
  // A ref: the container waits for the image.
  image: nginx.reference,
  ports: [\`127.0.0.1:\${port}:80\`],
  mounts: [interpolate\`\${pages.name}:/usr/share/nginx/html\`],
  restart: 'unless-stopped',
  // A secret is written as a pointer to where it is kept: secret.env('NAME'), secret.file('~/password')
  env: { TZ: 'Etc/UTC' },
})

export default defineLab({
  name: '${name}',
  resources: [web],
  outputs: { page: \`http://127.0.0.1:\${port}/\` },
})
`

const tsconfig = `${JSON.stringify(
  {
    compilerOptions: {
      module: 'nodenext',
      target: 'esnext',
      strict: true,
      noEmit: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
    },
  },
  null,
  2,
)}\n`
