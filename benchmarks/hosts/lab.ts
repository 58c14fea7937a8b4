/** What each machine of the benchmark has: 30 resources, of packages, users, directories, files and links. */
export const packages = ['openssh-server', 'openssh-client', 'sudo', 'iproute2', 'iptables', 'util-linux']
export const users = ['daemon', 'www-data', 'nobody', 'backup']
export const directories = ['/srv/app', '/srv/app/conf.d', '/srv/app/data', '/srv/app/log']
export const files = Array.from({ length: 12 }, (_, index) => ({
  path: `/srv/app/conf.d/${index}.conf`,
  content: Array.from({ length: 40 }, (_, line) => `option_${line} = value of file ${index}\n`).join(''),
}))
export const links = ['/srv/app/current', '/srv/app/latest', '/srv/app/stable', '/srv/app/default']
