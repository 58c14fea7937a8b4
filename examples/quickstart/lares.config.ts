import { defineLab, interpolate } from '@lares/core'
import docker from '@lares/plugin-docker'
import host from '@lares/plugin-host'

// Change something here, and look at what `npm run lares -- plan` makes of it.
const greeting = 'Your lab is up'
const port = Number(process.env.QUICKSTART_PORT ?? 8080)

// Another machine, reached over SSH: QUICKSTART_HOST=tower.lan
const address = process.env.QUICKSTART_HOST
const machine = host.machine('machine', address ? { address, user: process.env.QUICKSTART_USER ?? 'root' } : {})

// The public image; the quick start builds one like it where it can do so without the internet.
const context = process.env.QUICKSTART_IMAGE
const nginx = context
  ? docker.image('nginx', { on: machine, tag: 'lares-quickstart/nginx:1', build: { context } })
  : docker.image('nginx', { on: machine, image: 'nginx:1.27-alpine' })

const network = docker.network('web', { on: machine })
const pages = docker.volume('pages', { on: machine })

const site = docker.container('site', {
  on: machine,
  image: nginx.reference,
  networks: [network.name],
  mounts: [{ type: 'volume', source: pages.name, target: '/usr/share/nginx/html' }],
  env: { GREETING: greeting },
  command: ['sh', '-c', 'echo "<h1>$GREETING</h1>" > /usr/share/nginx/html/index.html; exec nginx -g "daemon off;"'],
  healthcheck: { test: 'wget -q -O /dev/null http://127.0.0.1/', interval: '1s', retries: 10 },
  restart: 'unless-stopped',
})

const proxy = docker.container('proxy', {
  on: machine,
  image: nginx.reference,
  networks: [network.name],
  ports: [`${port}:80`],
  env: { UPSTREAM: site.name },
  command: [
    'sh',
    '-c',
    'echo "server { listen 80; location / { proxy_pass http://$UPSTREAM; } }" > /etc/nginx/conf.d/default.conf; exec nginx -g "daemon off;"',
  ],
  healthcheck: { test: 'wget -q -O /dev/null http://127.0.0.1/', interval: '1s', retries: 10 },
  restart: 'unless-stopped',
  dependsOn: [site],
})

export default defineLab({
  name: 'quickstart',
  resources: [proxy],
  outputs: { page: interpolate`http://${address ?? 'localhost'}:${port}/`, machine: machine.os.name },
})
