import type { Propagation } from './options/spec.ts'

/** What the engine's API sends and takes: only the fields that Lares uses, by the engine's own names. */

export type HealthConfig = {
  Test?: string[] | null
  Interval?: number
  Timeout?: number
  StartPeriod?: number
  StartInterval?: number
  Retries?: number
}

export type ContainerConfig = {
  Image?: string
  Cmd?: string[] | null
  Entrypoint?: string[] | null
  Env?: string[] | null
  Labels?: Record<string, string> | null
  Hostname?: string
  Domainname?: string
  User?: string
  WorkingDir?: string
  Tty?: boolean
  OpenStdin?: boolean
  AttachStdout?: boolean
  AttachStderr?: boolean
  ExposedPorts?: Record<string, object> | null
  Volumes?: Record<string, object> | null
  Healthcheck?: HealthConfig | null
  StopSignal?: string
  StopTimeout?: number | null
  MacAddress?: string
}

export type MountPoint = {
  Type: 'bind' | 'volume' | 'tmpfs'
  Source?: string
  Target: string
  ReadOnly?: boolean
  Consistency?: '' | 'default' | 'consistent' | 'cached' | 'delegated'
  BindOptions?: {
    Propagation?: Propagation | ''
    NonRecursive?: boolean
    CreateMountpoint?: boolean
    ReadOnlyNonRecursive?: boolean
    ReadOnlyForceRecursive?: boolean
  } | null
  VolumeOptions?: {
    NoCopy?: boolean
    Subpath?: string
    Labels?: Record<string, string> | null
    DriverConfig?: { Name?: string; Options?: Record<string, string> | null } | null
  } | null
  TmpfsOptions?: { SizeBytes?: number; Mode?: number } | null
}

export type DeviceRequest = {
  Driver?: string
  Count?: number
  DeviceIDs?: string[] | null
  Capabilities?: string[][] | null
  Options?: Record<string, string> | null
}

export type ThrottleDevice = { Path: string; Rate: number }

export type WeightDevice = { Path: string; Weight: number }

export type HostConfig = {
  Annotations?: Record<string, string> | null
  Links?: string[] | null
  MaskedPaths?: string[] | null
  ReadonlyPaths?: string[] | null
  Binds?: string[] | null
  Mounts?: MountPoint[] | null
  Tmpfs?: Record<string, string> | null
  VolumesFrom?: string[] | null
  PortBindings?: Record<string, { HostIp?: string; HostPort?: string }[] | null> | null
  PublishAllPorts?: boolean
  NetworkMode?: string
  AutoRemove?: boolean
  RestartPolicy?: { Name?: string; MaximumRetryCount?: number }
  LogConfig?: { Type?: string; Config?: Record<string, string> | null }
  CapAdd?: string[] | null
  CapDrop?: string[] | null
  SecurityOpt?: string[] | null
  Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[] | null
  DeviceRequests?: DeviceRequest[] | null
  DeviceCgroupRules?: string[] | null
  Ulimits?: { Name: string; Soft: number; Hard: number }[] | null
  Sysctls?: Record<string, string> | null
  StorageOpt?: Record<string, string> | null
  ExtraHosts?: string[] | null
  Dns?: string[] | null
  DnsSearch?: string[] | null
  DnsOptions?: string[] | null
  GroupAdd?: string[] | null
  Privileged?: boolean
  ReadonlyRootfs?: boolean
  Init?: boolean | null
  Runtime?: string
  CgroupParent?: string
  CgroupnsMode?: string
  IpcMode?: string
  PidMode?: string
  UTSMode?: string
  UsernsMode?: string
  ShmSize?: number
  OomScoreAdj?: number
  OomKillDisable?: boolean | null
  NanoCpus?: number
  CpuShares?: number
  CpuQuota?: number
  CpuPeriod?: number
  CpuRealtimePeriod?: number
  CpuRealtimeRuntime?: number
  CpusetCpus?: string
  CpusetMems?: string
  Memory?: number
  MemoryReservation?: number
  MemorySwap?: number
  MemorySwappiness?: number | null
  PidsLimit?: number | null
  BlkioWeight?: number
  BlkioWeightDevice?: WeightDevice[] | null
  BlkioDeviceReadBps?: ThrottleDevice[] | null
  BlkioDeviceWriteBps?: ThrottleDevice[] | null
  BlkioDeviceReadIOps?: ThrottleDevice[] | null
  BlkioDeviceWriteIOps?: ThrottleDevice[] | null
}

export type EndpointSettings = {
  NetworkID?: string
  IPAddress?: string
  GlobalIPv6Address?: string
  MacAddress?: string
  Gateway?: string
  Aliases?: string[] | null
  DNSNames?: string[] | null
  DriverOpts?: Record<string, string> | null
  Links?: string[] | null
  GwPriority?: number
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] | null } | null
}

export type CreateBody = ContainerConfig & {
  HostConfig: HostConfig
  NetworkingConfig: { EndpointsConfig: Record<string, EndpointSettings> }
}

export type ContainerState = {
  Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  Running: boolean
  OOMKilled?: boolean
  ExitCode: number
  Error: string
  StartedAt: string
  FinishedAt: string
  Health?: {
    Status: 'none' | 'starting' | 'healthy' | 'unhealthy'
    Log?: { ExitCode: number; Output: string }[] | null
  }
}

export type ContainerInspect = {
  Id: string
  Name: string
  Created: string
  Image: string
  State: ContainerState
  RestartCount: number
  Config: ContainerConfig
  HostConfig: HostConfig
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[]
  NetworkSettings: {
    Networks: Record<string, EndpointSettings>
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>
  }
}

export type ImageInspect = {
  Id: string
  RepoTags?: string[] | null
  RepoDigests?: string[] | null
  Created?: string
  Size: number
  Os: string
  Architecture: string
  Variant?: string
  Config: ContainerConfig | null
}

export type NetworkInspect = {
  Id: string
  Name: string
  Driver: string
  Scope: string
  Internal: boolean
  Attachable: boolean
  /** Absent before API 1.48. */
  EnableIPv4?: boolean
  EnableIPv6: boolean
  Options: Record<string, string> | null
  Labels: Record<string, string> | null
  IPAM: { Driver?: string; Options?: Record<string, string> | null; Config?: NetworkPool[] | null }
  Containers?: Record<string, { Name: string; IPv4Address: string; IPv6Address: string }> | null
}

export type NetworkPool = {
  Subnet?: string
  Gateway?: string
  IPRange?: string
  AuxiliaryAddresses?: Record<string, string> | null
}

export type VolumeInspect = {
  Name: string
  Driver: string
  Mountpoint: string
  CreatedAt?: string
  Scope: string
  Labels: Record<string, string> | null
  Options: Record<string, string> | null
}

export type EngineInfo = {
  ID: string
  Name: string
  ServerVersion: string
  OperatingSystem: string
  OSType: string
  Architecture: string
  NCPU: number
  MemTotal: number
  Driver: string
  CgroupVersion?: string
  CgroupDriver: string
  LoggingDriver: string
  DefaultRuntime: string
  Runtimes: Record<string, object>
  DockerRootDir: string
  MemoryLimit?: boolean
  SwapLimit?: boolean
  OomKillDisable?: boolean
  CPUShares?: boolean
  PidsLimit?: boolean
  Warnings?: string[] | null
}
