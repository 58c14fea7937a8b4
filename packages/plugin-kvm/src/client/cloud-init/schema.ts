import { SIZE_PATTERN, sensitive } from '@lares/core'
import * as z from 'zod'

const login = z.string().regex(/^[a-z_][a-z0-9_-]*\$?$/i, 'Expected a login name')
const absolute = z.string().startsWith('/')
const command = z.union([z.string(), z.array(z.string()).min(1)])
const hostName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i, 'Expected a host name: letters, digits and hyphens')

const user = z.strictObject({
  name: login,
  description: z.string().optional().describe('Full name'),
  authorizedKeys: z.array(z.string()).optional().describe('Public SSH keys that may log in'),
  importKeys: z.array(z.string()).optional().describe('Whose public keys are fetched: `gh:torvalds`, `lp:name`'),
  sudo: z
    .union([z.boolean(), z.string()])
    .optional()
    .describe('True for everything without a password, or a rule: `ALL=(ALL) ALL`'),
  groups: z.array(z.string()).optional().describe('Further groups'),
  primaryGroup: z.string().optional(),
  shell: absolute.optional().describe("Login shell; the distribution's default when absent"),
  home: absolute.optional(),
  uid: z.number().int().min(0).optional(),
  system: z.boolean().optional().describe('A system account, without a home'),
  passwordHash: sensitive(z.string().regex(/^\$/, 'Expected what `mkpasswd --method=sha-512` prints: $6$…'))
    .optional()
    .describe('Password as crypt(3) writes it; without one there is no login by password'),
})

const file = z.strictObject({
  path: absolute,
  content: z.string(),
  encoding: z.enum(['text', 'base64']).default('text').describe('How `content` is written here'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3,4}$/, "Expected octal digits as text: '0644'")
    .optional()
    .describe("Permissions as octal text: `'0600'`; `'0644'` when absent"),
  owner: z.string().optional().describe('`user:group`; root when absent'),
  append: z.boolean().optional().describe('Added to the end of the file'),
  late: z.boolean().optional().describe('After users were made and packages installed'),
})

const filesystem = z.strictObject({
  device: absolute.describe('A whole disk: `/dev/vdb`, `/dev/disk/by-id/virtio-data`'),
  type: z.string().default('ext4').describe('Made only when nothing is on the disk'),
  label: z.string().optional(),
  path: absolute.optional().describe('Where it is mounted'),
  options: z.string().default('defaults,nofail').describe('Mount options'),
})

const networkInterface = z.strictObject({
  name: z.string().optional().describe('Its name in the guest: `eth0`, `eth1`, … in order when absent'),
  mac: z.string().optional().describe("Its MAC address; that of the guest's interface at the same place when absent"),
  dhcp: z
    .union([z.boolean(), z.enum(['ipv4', 'ipv6'])])
    .optional()
    .describe('True for both; on for IPv4 where there are no addresses'),
  addresses: z.array(z.string()).optional().describe('With prefix: `192.168.1.5/24`'),
  gateway: z.string().optional(),
  gateway6: z.string().optional(),
  nameservers: z.array(z.string()).optional(),
  search: z.array(z.string()).optional().describe('Domains that are tried for short names'),
  routes: z.array(z.strictObject({ to: z.string(), via: z.string(), metric: z.number().int().optional() })).optional(),
  mtu: z.number().int().positive().optional(),
  optional: z.boolean().optional().describe('Booting does not wait for it'),
})

const keyPair = z
  .strictObject({ private: sensitive(z.string()), public: z.string() })
  .optional()
  .describe('The private key as `ssh-keygen` writes it, and its public half')

/** What becomes of a guest whose seed changes: cloud-init itself reads it again only for another instance id. */
export const seedChange = z.enum(['ignore', 'new-instance-id', 'replace-guest'])
export type SeedChange = z.output<typeof seedChange>

const typed = {
  user: login.optional().describe('One login that may do everything with sudo, with `authorizedKeys`'),
  authorizedKeys: z
    .array(z.string())
    .optional()
    .describe('Public SSH keys of `user`, or of the user that the image has by itself'),
  users: z.array(user).optional().describe("Logins, in place of the image's own"),
  keepDefaultUser: z.boolean().optional().describe("The image's own login is made beside these"),
  hostname: hostName.optional().describe("Host name; the guest's name when absent"),
  domain: z.string().optional().describe('Domain of the full host name: `lan`'),
  timezone: z.string().optional().describe('`Europe/Rome`'),
  locale: z.string().optional().describe('`en_GB.UTF-8`'),
  keyboard: z.string().optional().describe('Layout: `de`'),
  packages: z.array(z.string()).optional().describe('Packages that are installed'),
  packageUpgrade: z.boolean().optional().describe('All packages are brought up to date at first'),
  files: z.array(file).optional(),
  commands: z.array(command).optional().describe('Run once at the end, in order; a list has no shell'),
  bootCommands: z.array(command).optional().describe('Run very early at each boot'),
  filesystems: z.array(filesystem).optional().describe('File systems of further disks; what is on them stays'),
  swap: z.string().regex(SIZE_PATTERN, 'Expected a size such as 2GiB').optional().describe('Size of a swap file'),
  growRoot: z.boolean().optional().describe('The root partition takes the whole disk; unless false, it does'),
  timeServers: z.array(z.string()).optional().describe('NTP servers'),
  trustedCertificates: z.array(z.string()).optional().describe('Certificates of authorities, as PEM'),
  passwordLogin: z.boolean().optional().describe('SSH takes passwords'),
  hostKeys: z
    .strictObject({ ed25519: keyPair, ecdsa: keyPair, rsa: keyPair })
    .optional()
    .describe('SSH host keys, so that they are known before the first login'),
  extra: z
    .record(z.string(), z.json())
    .optional()
    .describe("Further keys of cloud-init's `#cloud-config`, as they are"),
}

const raw = {
  userData: z.string().optional().describe('The user data as a whole, in place of the options above'),
  userDataFile: z.string().optional().describe('A local file with the user data'),
  networkConfig: z.string().optional().describe('The network configuration (version 1 or 2), in place of `network`'),
}

const shape = {
  ...typed,
  network: z
    .array(networkInterface)
    .optional()
    .describe('Interfaces in order; without it, the first one asks for an address by DHCP'),
  ...raw,
  metaData: z.record(z.string(), z.json()).optional().describe('Further keys of the meta data'),
  onChange: seedChange
    .default('ignore')
    .describe(
      'When any of this changes: `ignore` leaves the guest as it is, `new-instance-id` lets cloud-init run again at its next boot, `replace-guest` makes a new root disk',
    ),
}

/** What a guest is told at its first boot. */
export const cloudInitInput = z.strictObject(shape).superRefine((input, context) => {
  const refuse = (path: keyof typeof shape, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  const ways = (['userData', 'userDataFile'] as const).filter((key) => input[key] !== undefined)
  if (ways.length > 1) refuse('userDataFile', '"userData" and "userDataFile" exclude each other')
  const said = (Object.keys(typed) as (keyof typeof typed)[]).filter(
    // The host name is in the meta data, too.
    (key) => key !== 'hostname' && input[key] !== undefined,
  )
  if (ways[0] && said[0]) refuse(ways[0], `"${ways[0]}" and "${said[0]}" exclude each other`)
  if (input.networkConfig !== undefined && input.network)
    refuse('networkConfig', '"networkConfig" and "network" exclude each other')
  const names = [input.user, ...(input.users ?? []).map(({ name }) => name)].filter((name) => name !== undefined)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) refuse('users', `The user "${twice}" is there twice`)
})
export type CloudInitInput = z.output<typeof cloudInitInput>
