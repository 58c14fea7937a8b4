import * as z from 'zod'
import {
  attachmentOptions,
  gpuOptions,
  healthcheckOptions,
  mountOptions,
  portOptions,
  resourcesOptions,
} from './options-parts.ts'

const strings = z.record(z.string(), z.string())
const list = z.array(z.string())

/** Everything that can be said about a container, whatever the engine fills in left out: no field has a default of its own. */
export const containerOptions = z.strictObject({
  image: z.string().min(1).describe('Image to run: `nginx:1.27`, `ghcr.io/owner/app@sha256:…` or an image id'),
  platform: z.string().optional().describe('Platform of the image: `linux/arm64`'),
  command: list.optional().describe("Arguments that replace the image's command"),
  entrypoint: list.optional().describe("Program that replaces the image's entrypoint; an empty list clears it"),
  env: z
    .record(z.string().regex(/^[^=]+$/), z.union([z.string(), z.null()]))
    .optional()
    .describe('Environment variables; null removes one that the image sets'),
  labels: strings.optional().describe('Labels'),
  annotations: strings.optional().describe('Annotations for the runtime (engine 24 or later)'),
  user: z.string().optional().describe('User and group that the process runs as: `www-data`, `1000:1000`'),
  workingDir: z.string().optional().describe('Working directory'),
  hostname: z
    .string()
    .optional()
    .describe("Host name inside the container; the engine's default is the container's short id"),
  domainname: z.string().optional().describe('Domain name inside the container'),
  tty: z.boolean().optional().describe('Allocate a terminal'),
  stdinOpen: z.boolean().optional().describe('Keep standard input open'),
  stopSignal: z.string().optional().describe('Signal that asks the process to end: `SIGQUIT`'),
  stopGracePeriod: z.string().optional().describe('Time to end after the stop signal, in whole seconds: `30s`, `2m`'),
  healthcheck: healthcheckOptions.optional().describe('How the engine tests that the container works'),
  ports: z
    .array(portOptions)
    .optional()
    .describe('Published ports: `8080:80`, `127.0.0.1:53:53/udp`, `8000-8002:80-82`'),
  expose: z
    .array(z.union([z.string(), z.int()]))
    .optional()
    .describe('Ports that are only documented: `9000`, `53/udp`'),
  publishAllPorts: z.boolean().optional().describe('Publish every exposed port at a port that the engine picks'),
  mounts: z
    .array(z.union([z.string(), mountOptions]))
    .optional()
    .describe('Volumes and host paths: `data:/var/lib/data`, `/srv/media:/media:ro`, or with all options'),
  tmpfs: list.optional().describe('In-memory directories: `/run`, `/tmp:size=64m,mode=1777`'),
  volumesFrom: list.optional().describe('Containers whose mounts are used as well: `data`, `data:ro`'),
  networkMode: z
    .string()
    .optional()
    .describe('`host`, `none`, `bridge` or `container:NAME`; use `networks` for the rest'),
  networks: z
    .union([list, z.record(z.string(), attachmentOptions)])
    .optional()
    .describe('Networks to attach, by name; the first is the one that the container starts with'),
  extraHosts: z
    .union([list, strings])
    .optional()
    .describe('Additional host names: `{ "db.lan": "10.0.0.5" }` or `db.lan:10.0.0.5`'),
  dns: list.optional().describe('Addresses of name servers'),
  dnsSearch: list.optional().describe('Domains that host names are looked up in'),
  dnsOptions: list.optional().describe('Resolver options: `ndots:1`'),
  restart: z
    .string()
    .regex(/^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/, {
      error: 'Expected no, always, unless-stopped, on-failure or on-failure with a number such as on-failure:5',
    })
    .optional()
    .describe('`no`, `always`, `unless-stopped`, `on-failure` or `on-failure:5`'),
  logging: z
    .strictObject({
      driver: z.string().optional().describe('Logging driver: `json-file`, `local`, `journald`'),
      options: strings.optional().describe('Options of the driver: `{ "max-size": "10m" }`'),
    })
    .optional()
    .describe('Where the output goes'),
  resources: resourcesOptions.optional().describe('Limits of processor, memory, processes and disk traffic'),
  capAdd: list.optional().describe('Linux capabilities to add: `NET_ADMIN`'),
  capDrop: list.optional().describe('Linux capabilities to drop: `ALL`'),
  securityOptions: list
    .optional()
    .describe('`no-new-privileges`, `apparmor=…`, `seccomp=…`, `label=…`, `systempaths=unconfined`'),
  devices: list.optional().describe('Devices of the host: `/dev/dri`, `/dev/ttyUSB0:/dev/modem:rw`'),
  deviceCgroupRules: list.optional().describe('Device rules: `c 189:* rmw`'),
  gpus: z
    .union([z.literal('all'), z.int().min(1), z.array(gpuOptions)])
    .optional()
    .describe('GPUs: `all`, how many, or requests by id or capability'),
  sysctls: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .optional()
    .describe('Kernel parameters of its namespaces'),
  ulimits: z
    .record(z.string(), z.union([z.int(), z.strictObject({ soft: z.int(), hard: z.int() })]))
    .optional()
    .describe('Resource limits: `{ nofile: 65536 }` or with `soft` and `hard`; -1 is unlimited'),
  storageOptions: strings.optional().describe('Options of the storage driver: `{ size: "10G" }`'),
  groupAdd: z
    .array(z.union([z.string(), z.int()]))
    .optional()
    .describe('Additional groups of the process'),
  privileged: z.boolean().optional().describe('All capabilities and all devices of the host'),
  readOnly: z.boolean().optional().describe('Read-only root file system'),
  init: z.boolean().optional().describe('A small init as process 1 that reaps zombies'),
  runtime: z.string().optional().describe('Runtime: `runc`, `io.containerd.kata.v2`, `runsc`'),
  shmSize: z
    .union([z.string(), z.int()])
    .optional()
    .describe("Size of /dev/shm: `256MiB`; the engine's default is 64MiB"),
  pid: z.string().optional().describe('PID namespace: `host` or `container:NAME`'),
  ipc: z.string().optional().describe('IPC namespace: `private`, `shareable`, `host`, `none` or `container:NAME`'),
  uts: z.string().optional().describe('UTS namespace: `host`'),
  userns: z.string().optional().describe('User namespace: `host`'),
  cgroupNamespace: z.enum(['host', 'private']).optional().describe('Cgroup namespace'),
  cgroupParent: z.string().optional().describe('Parent cgroup'),
})

/** A container's options as a user writes them. */
export type ContainerOptions = z.infer<typeof containerOptions>
