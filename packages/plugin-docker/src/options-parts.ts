import * as z from 'zod'

const size = z.union([z.string(), z.int().min(0)])
const strings = z.record(z.string(), z.string())

export const healthcheckOptions = z.strictObject({
  test: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe("A shell script, or `['CMD', program, …]`"),
  interval: z.string().optional().describe('Time between tests: `30s`'),
  timeout: z.string().optional().describe('Time that one test may take'),
  startPeriod: z.string().optional().describe('Time at the start in which failures do not count'),
  startInterval: z.string().optional().describe('Time between tests in the start period (engine 25 or later)'),
  retries: z.int().min(0).optional().describe('Failures in a row that make it unhealthy'),
  disable: z.boolean().optional().describe("Switch the image's healthcheck off"),
})

export const portOptions = z.union([
  z.string(),
  z.int(),
  z.strictObject({
    target: z.int().min(1).max(65_535).describe('Port inside the container'),
    published: z
      .union([z.int(), z.string()])
      .optional()
      .describe('Port on the host, or a range to pick from; the engine picks one when absent'),
    hostIp: z.string().optional().describe('Address on the host; every address when absent'),
    protocol: z.enum(['tcp', 'udp', 'sctp']).optional().describe('`tcp` when absent'),
  }),
])

export const mountOptions = z.strictObject({
  type: z.enum(['bind', 'volume', 'tmpfs']).describe('Kind of mount'),
  source: z.string().optional().describe("Host path or volume's name"),
  target: z.string().describe('Path inside the container'),
  readOnly: z.boolean().optional().describe('Mount read-only'),
  propagation: z
    .enum(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'])
    .optional()
    .describe('How later mounts below a bind mount propagate'),
  nonRecursive: z.boolean().optional().describe('Leave out mounts below the host path'),
  createHostPath: z.boolean().optional().describe('Create the host path as a directory when it does not exist'),
  selinux: z.enum(['shared', 'private']).optional().describe('SELinux label of a bind mount: `z` or `Z`'),
  noCopy: z.boolean().optional().describe("Do not fill a new volume with the image's files"),
  subpath: z.string().optional().describe('Directory inside the volume (engine 26 or later)'),
  recursiveReadOnly: z
    .enum(['never', 'always'])
    .optional()
    .describe(
      'Whether mounts below a read-only host path are read-only too; where the kernel can when absent (engine 25 or later)',
    ),
  consistency: z
    .enum(['default', 'consistent', 'cached', 'delegated'])
    .optional()
    .describe('What Docker Desktop for Mac was told; an engine on Linux only keeps it'),
  size: size.optional().describe('Size of a tmpfs'),
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/)
    .optional()
    .describe('Mode of a tmpfs, octal: `1777`'),
})

export const attachmentOptions = z.strictObject({
  aliases: z.array(z.string()).optional().describe('Names that reach the container on this network'),
  ipv4: z.ipv4().optional().describe('Fixed IPv4 address'),
  ipv6: z.ipv6().optional().describe('Fixed IPv6 address'),
  linkLocalIps: z.array(z.string()).optional().describe('Link-local addresses'),
  macAddress: z.string().optional().describe('Fixed MAC address; before engine 25 on the first network only'),
  driverOptions: strings.optional().describe('Options of the network driver'),
  links: z.array(z.string()).optional().describe('Other containers by another name: `db:database`'),
  gatewayPriority: z
    .int()
    .optional()
    .describe('The network of the highest one gives the default gateway (engine 28 or later)'),
})

export const resourcesOptions = z.strictObject({
  cpus: z.number().positive().optional().describe('Processors, fractions too: `1.5`'),
  cpuShares: z.int().optional().describe('Relative weight; 1024 is normal'),
  cpuQuota: z.string().optional().describe('Processor time per period: `50ms`'),
  cpuPeriod: z.string().optional().describe('Length of the period: `100ms`'),
  cpuRtRuntime: z.string().optional().describe('Real-time processor time per period: `50ms` (cgroup v1)'),
  cpuRtPeriod: z.string().optional().describe('Length of the real-time period: `100ms` (cgroup v1)'),
  cpusetCpus: z.string().optional().describe('Processors that may be used: `0-2,4`'),
  cpusetMems: z.string().optional().describe('Memory nodes that may be used'),
  memory: size.optional().describe('Memory limit: `512MiB`'),
  memoryReservation: size.optional().describe('Memory that it is pushed back to under pressure'),
  memorySwap: size
    .optional()
    .describe("Memory and swap together, or `unlimited`; the engine's default is twice the memory"),
  memorySwappiness: z.int().min(0).max(100).optional().describe('Readiness to swap (cgroup v1)'),
  oomKillDisable: z.boolean().optional().describe('Never kill for memory (cgroup v1)'),
  oomScoreAdj: z.int().min(-1000).max(1000).optional().describe('Preference to be killed for memory'),
  pidsLimit: z.int().optional().describe('Processes and threads; -1 for no limit'),
  blkioWeight: z.int().min(10).max(1000).optional().describe('Relative weight of disk traffic'),
  blkioWeightDevice: z.record(z.string(), z.int().min(10).max(1000)).optional().describe('The same, by device'),
  readBps: z.record(z.string(), size).optional().describe('Bytes a second read, by device'),
  writeBps: z.record(z.string(), size).optional().describe('Bytes a second written, by device'),
  readIops: z.record(z.string(), z.int()).optional().describe('Reads a second, by device'),
  writeIops: z.record(z.string(), z.int()).optional().describe('Writes a second, by device'),
})

export const gpuOptions = z.strictObject({
  driver: z.string().optional().describe('Driver: `nvidia`'),
  count: z
    .union([z.int(), z.literal('all')])
    .optional()
    .describe('How many, or `all`'),
  ids: z.array(z.string()).optional().describe('Which ones'),
  capabilities: z.array(z.string()).optional().describe('Capabilities; `gpu` when absent'),
  options: strings.optional().describe('Options of the driver'),
})
