/**
 * The canonical form of a container's options: one spelling per value, sets sorted, sizes and durations in their shortest
 * exact notation. What the user wrote (`canonicalOptions`) and what the engine reports (`observedOptions`) both become this,
 * so that they can be compared. A property that is absent is left to the image or to the engine.
 */
export type ContainerSpec = {
  image: string
  platform?: string
  command?: string[]
  entrypoint?: string[]
  /** `null` removes a variable that the image sets. */
  env?: Record<string, string | null>
  labels?: Record<string, string>
  annotations?: Record<string, string>
  user?: string
  workingDir?: string
  hostname?: string
  domainname?: string
  tty?: boolean
  stdinOpen?: boolean
  stopSignal?: string
  stopGracePeriod?: string
  healthcheck?: HealthcheckSpec
  /** `8080:80/tcp`, `127.0.0.1:53:53/udp`, sorted by target. */
  ports?: string[]
  /** `9000/tcp`, sorted; without what the image exposes or `ports` publishes. */
  expose?: string[]
  publishAllPorts?: boolean
  /** Sorted by target. */
  mounts?: MountSpec[]
  /** `/run:mode=1777,size=64MiB`, sorted. */
  tmpfs?: string[]
  volumesFrom?: string[]
  networkMode?: string
  networks?: Record<string, AttachmentSpec>
  /** `name:address`, sorted by name. */
  extraHosts?: string[]
  dns?: string[]
  dnsSearch?: string[]
  dnsOptions?: string[]
  restart?: string
  logging?: { driver?: string; options?: Record<string, string> }
  resources?: ResourcesSpec
  capAdd?: string[]
  capDrop?: string[]
  securityOptions?: string[]
  /** `/dev/sda:/dev/xvda:rwm`, sorted. */
  devices?: string[]
  deviceCgroupRules?: string[]
  gpus?: GpuSpec[]
  sysctls?: Record<string, string>
  ulimits?: Record<string, { soft: number; hard: number }>
  storageOptions?: Record<string, string>
  groupAdd?: string[]
  privileged?: boolean
  readOnly?: boolean
  init?: boolean
  runtime?: string
  shmSize?: string
  pid?: string
  ipc?: string
  uts?: string
  userns?: string
  cgroupNamespace?: 'host' | 'private'
  cgroupParent?: string
}

export type HealthcheckSpec = {
  /** `['CMD', …]`, `['CMD-SHELL', script]` or `['NONE']`. */
  test?: string[]
  interval?: string
  timeout?: string
  startPeriod?: string
  startInterval?: string
  retries?: number
}

export type Propagation = 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave'

export type MountSpec = {
  type: 'bind' | 'volume' | 'tmpfs'
  /** A host path or a volume's name; absent for tmpfs and anonymous volumes. */
  source?: string
  target: string
  readOnly?: boolean
  propagation?: Propagation
  nonRecursive?: boolean
  createHostPath?: boolean
  selinux?: 'shared' | 'private'
  noCopy?: boolean
  subpath?: string
  recursiveReadOnly?: 'never' | 'always'
  consistency?: 'default' | 'consistent' | 'cached' | 'delegated'
  size?: string
  /** Octal: `1777`. */
  mode?: string
}

export type AttachmentSpec = {
  aliases?: string[]
  ipv4?: string
  ipv6?: string
  linkLocalIps?: string[]
  macAddress?: string
  driverOptions?: Record<string, string>
  /** `container:name` */
  links?: string[]
  gatewayPriority?: number
}

export type ResourcesSpec = {
  cpus?: number
  cpuShares?: number
  cpuQuota?: string
  cpuPeriod?: string
  cpuRtRuntime?: string
  cpuRtPeriod?: string
  cpusetCpus?: string
  cpusetMems?: string
  memory?: string
  memoryReservation?: string
  /** Memory and swap together, or `unlimited`. */
  memorySwap?: string
  memorySwappiness?: number
  oomKillDisable?: boolean
  oomScoreAdj?: number
  /** A number of processes, or -1 for no limit. */
  pidsLimit?: number
  blkioWeight?: number
  blkioWeightDevice?: Record<string, number>
  /** Bytes a second by device: `{ '/dev/sda': '10MiB' }`. */
  readBps?: Record<string, string>
  writeBps?: Record<string, string>
  readIops?: Record<string, number>
  writeIops?: Record<string, number>
}

export type GpuSpec = {
  driver?: string
  count?: number | 'all'
  ids?: string[]
  capabilities?: string[]
  options?: Record<string, string>
}
