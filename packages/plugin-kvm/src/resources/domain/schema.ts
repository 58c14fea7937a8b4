import { milliseconds } from '@lares/core'
import * as z from 'zod'
import { cloudInitInput } from '../../client/cloud-init/schema.ts'
import { cpu, disk, filesystem, graphics, hostDevices, networkInterface, resources, size } from './schema-parts.ts'

const duration = z.union([z.number().int().nonnegative(), z.string()]).refine((value) => {
  try {
    return milliseconds(value) >= 0
  } catch {
    return false
  }
}, 'Expected a duration such as 90s or 5m')

const typed = {
  name: z
    .string()
    .regex(/^(?!\d+$)\w[\w.+-]*$/, 'Expected letters, digits and . _ + -, and more than a number')
    .optional()
    .describe("Name of the guest; the resource's own when absent"),
  title: z.string().optional(),
  description: z.string().optional(),
  domainType: z
    .enum(['kvm', 'qemu', 'test'])
    .optional()
    .describe('What it runs on; what the hypervisor can do when absent'),
  machine: z.string().optional().describe('Machine type, such as `q35` or `pc`'),
  vcpus: z.number().int().positive().default(1).describe('Processors'),
  maxVcpus: z.number().int().positive().optional().describe('How many it can be given while it runs'),
  memory: size.default('1GiB').describe('What it has'),
  maxMemory: size.optional().describe('How much it can be given while it runs'),
  cpu: cpu.optional(),
  firmware: z.enum(['bios', 'uefi']).optional(),
  secureBoot: z.boolean().optional().describe('UEFI that starts signed code only'),
  tpm: z.boolean().optional().describe('An emulated TPM 2.0'),
  boot: z
    .object({ kernel: z.string(), initrd: z.string().optional(), commandLine: z.string().optional() })
    .optional()
    .describe('A kernel of the host, started in place of what the disks hold'),
  disks: z.array(disk).optional(),
  interfaces: z.array(networkInterface).optional(),
  hostDevices: hostDevices.optional().describe('Devices of the host that it gets'),
  filesystems: z.array(filesystem).optional().describe('Directories of the host that it can mount'),
  graphics: z.array(graphics).optional(),
  video: z.string().optional().describe('Model of the graphics card: `virtio`, `qxl`, `vga`, `none`'),
  serialConsole: z.boolean().optional().describe('True for a new guest'),
  agent: z.boolean().optional().describe('The channel of the guest agent; true for a new guest'),
  rng: z.boolean().optional().describe("The host's random numbers; true for a new guest"),
  balloon: z.boolean().optional().describe('Memory can be taken back while it runs; true for a new guest'),
  watchdog: z
    .object({
      model: z.string().default('i6300esb'),
      action: z.enum(['reset', 'shutdown', 'poweroff', 'pause', 'none', 'dump', 'inject-nmi']).default('reset'),
    })
    .optional(),
  clock: z.enum(['utc', 'localtime']).optional(),
  priority: z
    .enum(['low', 'normal', 'high', 'critical'])
    .optional()
    .describe('Who gets processor and disks first: weights of 25, 100, 400 and 1000'),
  resources: resources.optional(),
  autostart: z.boolean().optional().describe('Started with the host'),
  xml: z
    .string()
    .optional()
    .describe(
      'What else is to be in its document: a `<domain>` with only that. Elements are found by name and key; only what it says is compared',
    ),
}

const others = {
  running: z.boolean().optional().describe('Whether it is to run; a new one is started, and later it is left as it is'),
  cloudInit: cloudInitInput.optional().describe('What it is told at its first boot'),
  hostKey: z
    .string()
    .optional()
    .describe('Its public SSH host key, where cloud-init does not give it one: `ssh-ed25519 AAAA…`'),
  ssh: z
    .object({
      user: z.string().optional().describe("Who to log in as; cloud-init's user when absent"),
      port: z.number().int().min(1).max(65_535).optional(),
      address: z.string().optional().describe('Where it answers, when neither a lease nor the agent tells'),
      identityFiles: z.array(z.string()).optional(),
    })
    .optional()
    .describe('How it is reached as a host'),
  shutdown: z
    .object({
      timeout: duration.default('90s').describe('How long it may take to shut down'),
      force: z.boolean().default(false).describe('Then it is powered off; otherwise the change fails'),
    })
    .optional(),
  addressTimeout: duration.default('3m').describe('How long a started guest may take to have an address'),
  snapshotBefore: z.boolean().default(false).describe('Take a snapshot before a change that restarts it'),
}

export const domainInputs = z.object({ ...typed, ...others })
export type DomainInputs = z.output<typeof domainInputs>

export const domainAttributes = z.object({
  name: z.string(),
  uuid: z.string(),
  state: z.string().describe('`running`, `shut off`, `paused`, …'),
  running: z.boolean(),
  title: z.string().optional(),
  description: z.string().optional(),
  domainType: z.string(),
  machine: z.string().optional(),
  vcpus: z.number().int(),
  maxVcpus: z.number().int(),
  memory: z.string(),
  maxMemory: z.string(),
  cpu: z
    .object({
      mode: z.string().optional(),
      model: z.string().optional(),
      topology: z.object({ sockets: z.number(), cores: z.number(), threads: z.number() }).optional(),
      features: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  firmware: z.string(),
  secureBoot: z.boolean(),
  tpm: z.boolean(),
  boot: z
    .object({ kernel: z.string().optional(), initrd: z.string().optional(), commandLine: z.string().optional() })
    .optional(),
  disks: z.array(
    z.object({
      name: z.string(),
      target: z.string(),
      device: z.string(),
      bus: z.string().optional(),
      path: z.string().optional(),
      pool: z.string().optional(),
      volume: z.string().optional().describe('Of a volume that was made for it'),
      format: z.string().optional(),
      size: z.string().optional(),
      image: z.string().optional(),
      role: z.string().optional(),
      cache: z.string().optional(),
      discard: z.string().optional(),
      io: z.string().optional(),
      bootOrder: z.number().optional(),
      serial: z.string().optional(),
      readOnly: z.boolean(),
    }),
  ),
  interfaces: z.array(
    z.object({
      name: z.string().optional(),
      mac: z.string(),
      network: z.string().optional(),
      bridge: z.string().optional(),
      macvtap: z.string().optional(),
      address: z.string().optional(),
      model: z.string().optional(),
      vlan: z.number().optional(),
      mtu: z.number().optional(),
      link: z.string().optional(),
      isolated: z.boolean().optional(),
      bootOrder: z.number().optional(),
    }),
  ),
  hostDevices: z.object({ pci: z.array(z.string()), usb: z.array(z.string()) }),
  filesystems: z.array(
    z.object({
      source: z.string(),
      target: z.string(),
      driver: z.string(),
      readOnly: z.boolean(),
      access: z.string().optional(),
    }),
  ),
  graphics: z.array(z.object({ type: z.string(), listen: z.string().optional(), port: z.number().optional() })),
  video: z.string().optional(),
  serialConsole: z.boolean(),
  agent: z.boolean(),
  rng: z.boolean(),
  balloon: z.boolean(),
  watchdog: z.object({ model: z.string(), action: z.string() }).optional(),
  clock: z.string().optional(),
  resources: z.object({
    cpuShares: z.number().optional(),
    cpuLimit: z.number().optional(),
    memoryLimit: z.string().optional(),
    memorySoftLimit: z.string().optional(),
    ioWeight: z.number().optional(),
  }),
  autostart: z.boolean(),
  ip: z.string().optional().describe('Its address, by lease or by what its agent says'),
  addresses: z.array(z.string()),
  hostKey: z.string().optional().describe('Its public SSH host key, when cloud-init gave it one'),
  seed: z.string().optional().describe('A digest of what cloud-init was given'),
  setAside: z.array(z.string()).describe('Volumes of guests that this one took the place of'),
  pending: z
    .enum(['create', 'start', 'replace', 'restart'])
    .optional()
    .describe('What an interrupted change left to do'),
  document: z.string().describe("libvirt's inactive XML"),
  owner: z.object({ lab: z.string(), address: z.string() }).optional(),
})
export type DomainAttributes = z.output<typeof domainAttributes>
