import { gitignore } from './package.ts'
import type { Blank, Files } from './scaffold.ts'

export const yamlFiles = ({ name, docker }: Blank): Files => ({
  'lares.yaml': docker ? dockerLab(name) : machineLab(name),
  '.gitignore': gitignore,
})

const head = (name: string, plugins: string): string => `# yaml-language-server: $schema=./lares.schema.json
# The lab as it shall be. "lares plan" shows what differs from it, "lares apply" makes it so.
# For completion in an editor: lares schema --out lares.schema.json

name: ${name}
plugins: [${plugins}]
`

const machineLab = (name: string): string => `${head(name, "'@lares/plugin-host'")}
resources:
  # This machine. Another one is reached over SSH: { type: host.machine, address: tower.lan, user: root }
  this-machine:
    type: host.machine

# What to show when an apply is done. \${name.attribute} refers to what a resource reports back.
outputs:
  system: \${this-machine.os.name}
`

const dockerLab = (name: string): string => `${head(name, "'@lares/plugin-docker'")}
resources:
  pages:
    type: docker.volume
    name: ${name}-pages

  nginx:
    type: docker.image
    image: nginx:1.27-alpine

  web:
    type: docker.container
    # A ref: the container waits for the image.
    image: \${nginx.reference}
    ports: ['127.0.0.1:8080:80']
    mounts: ['\${pages.name}:/usr/share/nginx/html']
    restart: unless-stopped
    # A secret is written as a pointer to where it is kept: \${secret.env.NAME}, \${secret.file.PATH}
    env: { TZ: Etc/UTC }

outputs:
  page: http://127.0.0.1:8080/
`
