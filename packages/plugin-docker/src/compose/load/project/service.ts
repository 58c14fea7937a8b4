import type { Plain } from '../yaml/tree.ts'

type Strings = Record<string, string>

export type Dependency = {
  condition: 'service_started' | 'service_healthy' | 'service_completed_successfully'
  /** False where the service may be missing or fail. */
  required: boolean
  /** Whether the dependent is restarted with it. */
  restart?: boolean
}

export type Port = {
  target: number
  /** A port, or a range that the engine picks from; the engine picks one when absent. */
  published?: string
  host_ip?: string
  protocol: string
  mode: string
  name?: string
  app_protocol?: string
}

export type Mount = {
  type: string
  /** An absolute path of the host, or the key of a volume of the project; absent for an anonymous volume. */
  source?: string
  target: string
  read_only?: boolean
  consistency?: string
  bind?: { propagation?: string; create_host_path?: boolean; recursive?: string; selinux?: 'z' | 'Z' }
  volume?: { nocopy?: boolean; subpath?: string }
  /** Size in bytes. */
  tmpfs?: { size?: number; mode?: number }
}

/** A config or secret of the project in a container. Compose lets `source` be left out; a project that was checked has it. */
export type FileMount = { source: string; target?: string; uid?: string; gid?: string; mode?: number }

/** `count` -1 is all of them. */
export type DeviceRequest = {
  capabilities?: string[]
  count?: number
  device_ids?: string[]
  driver?: string
  options?: Strings
}

export type Hook = {
  command?: string[]
  user?: string
  privileged?: boolean
  working_dir?: string
  environment?: Record<string, string | null>
}

export type Ulimits = Record<string, number | { soft: number; hard: number }>

export type Build = {
  /** An absolute path of the host, or a URL. */
  context: string
  dockerfile?: string
  dockerfile_inline?: string
  entitlements?: string[]
  args?: Strings
  ssh?: Record<string, string | null>
  labels?: Strings
  cache_from?: string[]
  cache_to?: string[]
  no_cache?: boolean
  additional_contexts?: Strings
  network?: string
  pull?: boolean
  target?: string
  shm_size?: number
  extra_hosts?: Record<string, string[]>
  isolation?: string
  privileged?: boolean
  secrets?: FileMount[]
  tags?: string[]
  ulimits?: Ulimits
  platforms?: string[]
}

type UpdateOrder = {
  parallelism?: number
  delay?: number
  failure_action?: string
  monitor?: number
  max_failure_ratio?: number
  order?: string
}

export type Deploy = {
  mode?: string
  endpoint_mode?: string
  replicas?: number
  labels?: Strings
  update_config?: UpdateOrder
  rollback_config?: UpdateOrder
  resources?: {
    limits?: { cpus?: number; memory?: number; pids?: number }
    reservations?: {
      cpus?: number
      memory?: number
      devices?: DeviceRequest[]
      generic_resources?: { discrete_resource_spec?: { kind?: string; value?: number } }[]
    }
  }
  restart_policy?: { condition?: string; delay?: number; max_attempts?: number; window?: number }
  placement?: { constraints?: string[]; preferences?: { spread?: string }[]; max_replicas_per_node?: number }
}

export type Healthcheck = {
  test?: string[]
  interval?: number
  timeout?: number
  retries?: number
  start_period?: number
  start_interval?: number
  disable?: boolean
}

export type Attachment = {
  aliases?: string[]
  ipv4_address?: string
  ipv6_address?: string
  link_local_ips?: string[]
  mac_address?: string
  driver_opts?: Strings
  priority?: number
  gw_priority?: number
}

export type BlkioConfig = {
  weight?: number
  weight_device?: { path: string; weight: number }[]
  device_read_bps?: { path: string; rate: number }[]
  device_read_iops?: { path: string; rate: number }[]
  device_write_bps?: { path: string; rate: number }[]
  device_write_iops?: { path: string; rate: number }[]
}

/**
 * A service with every short form written out, under the names of the specification. Durations are nanoseconds, sizes
 * bytes (-1 is no limit); an attribute that nobody set is absent. Extensions (`x-…`) stay where they stand.
 */
export type Service = {
  [extension: `x-${string}`]: Plain
  annotations?: Strings
  attach?: boolean
  blkio_config?: BlkioConfig
  build?: Build
  cap_add?: string[]
  cap_drop?: string[]
  cgroup?: 'host' | 'private'
  cgroup_parent?: string
  /** Null where the image's own is explicitly meant. */
  command?: string[] | null
  configs?: FileMount[]
  container_name?: string
  cpu_count?: number
  cpu_percent?: number
  cpu_period?: number
  cpu_quota?: number
  cpu_rt_period?: number
  cpu_rt_runtime?: number
  cpu_shares?: number
  cpus?: number
  cpuset?: string
  credential_spec?: { config?: string; file?: string; registry?: string }
  depends_on?: Record<string, Dependency>
  deploy?: Deploy
  develop?: { watch?: { path: string; action: string; target?: string; ignore?: string[]; exec?: Hook }[] }
  device_cgroup_rules?: string[]
  devices?: { source: string; target?: string; permissions?: string }[]
  dns?: string[]
  dns_opt?: string[]
  dns_search?: string[]
  domainname?: string
  entrypoint?: string[] | null
  /** With those of `env_file`; null for a variable that is set nowhere, so that the image's stays. */
  environment?: Record<string, string | null>
  env_file?: { path: string; required?: boolean; format?: string }[]
  expose?: string[]
  external_links?: string[]
  extra_hosts?: Record<string, string[]>
  gpus?: DeviceRequest[]
  group_add?: string[]
  healthcheck?: Healthcheck
  hostname?: string
  image?: string
  init?: boolean
  ipc?: string
  isolation?: string
  label_file?: string[]
  /** With those of `label_file`. */
  labels?: Strings
  links?: string[]
  logging?: { driver?: string; options?: Strings }
  mac_address?: string
  mem_limit?: number
  mem_reservation?: number
  mem_swappiness?: number
  memswap_limit?: number
  network_mode?: string
  networks?: Record<string, Attachment | null>
  oom_kill_disable?: boolean
  oom_score_adj?: number
  pid?: string | null
  pids_limit?: number
  platform?: string
  ports?: Port[]
  post_start?: Hook[]
  pre_stop?: Hook[]
  privileged?: boolean
  profiles?: string[]
  pull_policy?: 'always' | 'never' | 'build' | 'missing'
  read_only?: boolean
  restart?: string
  runtime?: string
  scale?: number
  secrets?: FileMount[]
  security_opt?: string[]
  shm_size?: number
  stdin_open?: boolean
  stop_grace_period?: number
  stop_signal?: string
  storage_opt?: Strings
  sysctls?: Strings
  tmpfs?: string[]
  tty?: boolean
  ulimits?: Ulimits
  user?: string
  userns_mode?: string
  uts?: string
  volumes?: Mount[]
  volumes_from?: string[]
  working_dir?: string
}
