import { defineLab } from '@lares/core'
import host from '@lares/plugin-host'

// A web server on a machine of its own, with nothing but a login there. SSH knows the rest: ~/.ssh/config, agent, known_hosts.
const tower = host.machine('tower', { address: 'tower', user: 'ops', sudo: true })
const on = tower

const nginx = host.package('nginx', { on })
const tools = host.package('tools', { on, name: ['curl', 'rsync'] })

const family = host.user('family', {
  on,
  comment: 'Whoever writes the pages',
  authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFuIGV4YW1wbGUsIGFuZCBubyBrZXkgb2YgYW55Ym9keQ ann@laptop'],
})
const pages = host.directory('pages', { on, path: '/srv/pages', owner: 'family', mode: '0755', dependsOn: [family] })
const index = host.file('index', { on, path: '/srv/pages/index.html', source: 'index.html', dependsOn: [pages] })

const site = host.file('site', {
  on,
  path: '/etc/nginx/conf.d/pages.conf',
  content: `server {
  listen 8080;
  root /srv/pages;
}
`,
  dependsOn: [nginx],
})
const names = host.fileBlock('names', { on, path: '/etc/hosts', content: '10.0.0.5 nas\n10.0.0.6 printer\n' })

const web = host.service('web', { on, name: 'nginx', restartWhen: [nginx.versions], reloadWhen: [site.digest] })

const backup = host.file('backup', {
  on,
  path: '/etc/cron.d/backup',
  content: '15 3 * * * family rsync -a /srv/pages/ /var/backups/pages/\n',
  dependsOn: [tools, pages],
})

export default defineLab({
  name: 'hosts',
  resources: [tower, nginx, tools, family, pages, index, site, names, web, backup],
  outputs: { nginx: nginx.versions, digest: site.digest },
})
