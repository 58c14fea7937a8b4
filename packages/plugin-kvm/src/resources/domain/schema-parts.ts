import { SIZE_PATTERN, sensitive } from '@lares/core'
import * as z from 'zod'
import { imageInput } from '../../client/images/schema.ts'

export const size = z.union([
  z.string().regex(SIZE_PATTERN, 'Expected a size such as 512MiB or 40GiB'),
  z.number().int().positive(),
])
export const macAddress = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'Expected a MAC address such as 52:54:00:12:34:56')
const partName = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, 'Expected small letters, digits, - and _')
const bootOrder = z.number().int().positive().optional().describe('Tried in this order at boot, 1 first')

export const disk = z.object({
  name: partName
    .optional()
    .describe('Names its data: `plex-vm/disks/NAME`; `root` for the first, then `disk1`, `disk2`'),
  size: size.optional().describe('How large it is at least; it grows, and never shrinks'),
  image: imageInput
    .optional()
    .describe('What it begins with: an image of the catalogue, such as `debian:12`, or where one is'),
  backing: z.enum(['copy', 'overlay']).default('copy').describe('Whether the image is copied or lies under the disk'),
  pool: z.string().min(1).default('default').describe('The storage pool that its volume is made in'),
  path: z
    .string()
    .startsWith('/')
    .optional()
    .describe('A file or device that is there already, in place of a new volume'),
  format: z.enum(['qcow2', 'raw']).optional().describe('`qcow2` in pools of files, `raw` in others'),
  device: z.enum(['disk', 'cdrom']).default('disk'),
  bus: z.enum(['virtio', 'sata', 'scsi', 'usb', 'ide']).optional().describe('`virtio`, or `sata` for a cdrom'),
  target: z
    .string()
    .regex(/^(vd|sd|hd)[a-z]+$/)
    .optional()
    .describe('Its name for libvirt; the next free one'),
  cache: z.enum(['default', 'none', 'writethrough', 'writeback', 'directsync', 'unsafe']).optional(),
  discard: z.enum(['unmap', 'ignore']).optional().describe('Whether space that the guest frees is given back'),
  io: z.enum(['threads', 'native', 'io_uring']).optional(),
  bootOrder,
  serial: z.string().optional().describe('What the guest sees as its serial number'),
  readOnly: z.boolean().optional(),
  role: z
    .enum(['root', 'data'])
    .optional()
    .describe('`root` for the first disk, `data` for the others: a new guest gets the data disks of the old one'),
})

export const networkInterface = z.object({
  name: partName.optional().describe('`net0`, `net1`, … when absent'),
  network: z.string().min(1).optional().describe('A network of libvirt'),
  bridge: z.string().min(1).optional().describe('A bridge of the host'),
  macvtap: z
    .string()
    .min(1)
    .optional()
    .describe('An interface of the host that is shared; guest and host do not see each other'),
  mac: macAddress.optional().describe('One of its own, always the same, when absent'),
  address: z.ipv4().optional().describe('The address that the network leases to it'),
  model: z.string().optional().describe('`virtio` when absent'),
  vlan: z.number().int().min(1).max(4094).optional(),
  mtu: z.number().int().min(68).optional(),
  link: z.enum(['up', 'down']).optional(),
  isolated: z.boolean().optional().describe('Cannot reach other guests of its network'),
  bootOrder,
})

export const graphics = z.object({
  type: z.enum(['vnc', 'spice']),
  listen: z.string().optional().describe('127.0.0.1 when absent'),
  port: z.number().int().min(1).max(65_535).optional().describe('The next free one when absent'),
  password: sensitive(z.string().min(1)).optional(),
})

export const filesystem = z.object({
  source: z.string().startsWith('/').describe('A directory of the host'),
  target: z.string().min(1).describe('The tag that the guest mounts it by'),
  driver: z.enum(['9p', 'virtiofs']).default('virtiofs'),
  readOnly: z.boolean().optional(),
  access: z.enum(['passthrough', 'mapped', 'squash']).optional().describe('Of 9p: whose files they are on the host'),
})

export const hostDevices = z.object({
  pci: z.array(z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/, 'Expected 0000:01:00.0')).optional(),
  usb: z.array(z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/, 'Expected vendor:product, such as 1d6b:0002')).optional(),
})

export const cpu = z.object({
  mode: z.enum(['host-passthrough', 'host-model', 'maximum', 'custom']).optional(),
  model: z.string().optional().describe('A model that libvirt knows; the mode is then `custom`'),
  topology: z
    .object({
      sockets: z.number().int().positive(),
      cores: z.number().int().positive(),
      threads: z.number().int().positive(),
    })
    .optional(),
  features: z.record(z.string(), z.enum(['force', 'require', 'optional', 'disable', 'forbid'])).optional(),
})

export const resources = z.object({
  cpuShares: z.number().int().min(1).max(10_000).optional().describe('Its weight when guests compete; 100 is usual'),
  cpuLimit: z.number().positive().optional().describe("Processors' worth of time that it gets at most: 1.5"),
  memoryLimit: size.optional().describe('What its process may use at most, beyond what the guest sees'),
  memorySoftLimit: size.optional().describe('What it is held to when memory is short'),
  ioWeight: z.number().int().min(10).max(1000).optional().describe('Its weight at the disks; 100 is usual'),
})
