import { parseSize } from '@lares/core'
import type { CloudInitInput } from './schema.ts'

type Config = Record<string, unknown>
type User = NonNullable<CloudInitInput['users']>[number]
type File = NonNullable<CloudInitInput['files']>[number]
type Filesystem = NonNullable<CloudInitInput['filesystems']>[number]

const EVERYTHING = 'ALL=(ALL) NOPASSWD:ALL'

/** Without what is undefined or an empty list, which cloud-init's schema refuses in places. */
const said = (config: Config): Config =>
  Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  )

const userConfig = (user: User): Config =>
  said({
    name: user.name,
    gecos: user.description,
    groups: user.groups,
    primary_group: user.primaryGroup,
    homedir: user.home,
    shell: user.shell,
    uid: user.uid,
    system: user.system,
    sudo: user.sudo === true ? EVERYTHING : user.sudo || undefined,
    lock_passwd: user.passwordHash === undefined,
    passwd: user.passwordHash,
    ssh_authorized_keys: user.authorizedKeys,
    ssh_import_id: user.importKeys,
  })

const fileConfig = (file: File): Config =>
  said({
    path: file.path,
    content: file.content,
    encoding: file.encoding === 'base64' ? 'b64' : undefined,
    permissions: file.mode?.padStart(4, '0'),
    owner: file.owner,
    append: file.append,
    defer: file.late,
  })

/** `any` makes a file system on an empty disk alone; cloud-init's `none` would format one that has data. */
const filesystemConfig = ({ device, type, label }: Filesystem): Config =>
  said({ device, filesystem: type, label, partition: 'any', overwrite: false })

const mountConfig = ({ device, type, path, options }: Filesystem): string[][] =>
  path === undefined ? [] : [[device, path, type, options, '0', '2']]

/** Those of `user`, `users` and `keepDefaultUser`; undefined leaves the image's own user. */
function usersOf({ user, authorizedKeys, users = [], keepDefaultUser }: CloudInitInput): unknown[] | undefined {
  const own: User[] = user === undefined ? [] : [{ name: user, sudo: true, authorizedKeys }]
  const all = [...own, ...users]
  if (all.length === 0) return undefined
  return [...(keepDefaultUser ? ['default'] : []), ...all.map(userConfig)]
}

const hostKeysOf = ({ hostKeys = {} }: CloudInitInput): Config =>
  Object.fromEntries(
    Object.entries(hostKeys).flatMap(([type, pair]) =>
      pair
        ? [
            [`${type}_private`, pair.private],
            [`${type}_public`, pair.public],
          ]
        : [],
    ),
  )

/** The typed part of the input as cloud-init's `#cloud-config`: keys and values of its published schema. */
export function cloudConfig(input: CloudInitInput, hostname: string): Config {
  const { filesystems = [], extra = {} } = input
  const users = usersOf(input)
  const hostKeys = hostKeysOf(input)
  const logsRootIn = [input.user, ...(input.users ?? []).map(({ name }) => name)].includes('root')
  return said({
    hostname,
    fqdn: input.domain === undefined ? undefined : `${hostname}.${input.domain}`,
    // Without an entry of its own name there, sudo waits for DNS.
    manage_etc_hosts: 'localhost',
    users,
    ssh_authorized_keys: input.user === undefined ? input.authorizedKeys : undefined,
    disable_root: logsRootIn ? false : undefined,
    ssh_pwauth: input.passwordLogin,
    ssh_keys: Object.keys(hostKeys).length > 0 ? hostKeys : undefined,
    timezone: input.timezone,
    locale: input.locale,
    keyboard: input.keyboard === undefined ? undefined : { layout: input.keyboard },
    packages: input.packages,
    package_upgrade: input.packageUpgrade,
    write_files: input.files?.map(fileConfig),
    fs_setup: filesystems.map(filesystemConfig),
    mounts: filesystems.flatMap(mountConfig),
    swap: input.swap === undefined ? undefined : { filename: '/swapfile', size: parseSize(input.swap) },
    ...(input.growRoot === false ? { growpart: { mode: 'off' }, resize_rootfs: false } : {}),
    ntp: input.timeServers ? { enabled: true, servers: input.timeServers } : undefined,
    ca_certs: input.trustedCertificates ? { trusted: input.trustedCertificates } : undefined,
    bootcmd: input.bootCommands,
    runcmd: input.commands,
    ...extra,
  })
}
