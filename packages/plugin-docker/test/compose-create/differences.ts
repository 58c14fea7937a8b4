/** A place of an inspect at which Lares means to differ from Docker Compose 2.26.1. */
export type Difference = {
  /** What stands below them belongs to them; `*` is any name. Absent where one of the two refuses. */
  paths?: readonly string[]
  /** When it is seen. */
  when: string
  reason: string
  /** Options that a plan changes in a container that Compose made, because Compose left out what was said. */
  options?: readonly string[]
}

/** Every one of them. Cases name those that they show; where they name none, nothing differs but what always does. */
export const differences = {
  hash: {
    paths: ['containers.*.Config.Labels.com.docker.compose.config-hash'],
    when: 'always',
    reason:
      'Compose hashes data structures of its own, in each release others; Lares hashes what the engine is told. A `docker compose up` by hand recreates the containers once.',
  },
  networkName: {
    paths: ['containers.*.HostConfig.NetworkMode'],
    when: 'the first network is external',
    reason: 'Lares names the network, Compose its id, which is another one when the network is made anew.',
  },
  imageName: {
    paths: ['containers.*.Config.Image'],
    when: 'an image has no tag',
    reason: 'Lares writes the tag that is meant: `nginx:latest`.',
  },
  exposed: {
    paths: ['containers.*.Config.ExposedPorts'],
    when: '`expose` has a range, or a port without a protocol',
    reason: 'Lares writes each port in full, as an engine itself does.',
  },
  grace: {
    paths: ['containers.*.Config.StopTimeout'],
    when: '`stop_grace_period` has parts of a second',
    reason: 'An engine counts whole seconds. Lares rounds up, Compose cuts off, so that 900 ms are none.',
    options: ['stopGracePeriod'],
  },
  tmpfs: {
    paths: ['containers.*.HostConfig.Tmpfs'],
    when: '`tmpfs` has several options',
    reason: 'Lares sorts them and writes sizes in one way, so that only a real change is one.',
  },
  securityOptions: {
    paths: ['containers.*.HostConfig.SecurityOpt'],
    when: '`security_opt` is written with a colon',
    reason: 'Lares writes `label=…`, the spelling that Docker has not deprecated.',
  },
  permissions: {
    paths: ['containers.*.HostConfig.Devices'],
    when: 'a device in full has no `permissions`',
    reason: 'It gets `rwm`, as in the short form. Compose gives it none, and it cannot be used.',
    options: ['devices'],
  },
  gpus: {
    paths: ['containers.*.HostConfig.DeviceRequests'],
    when: '`gpus`, or a reserved device has `options`',
    reason: 'Compose 2.26.1 leaves them out.',
    options: ['gpus'],
  },
  cdi: {
    paths: ['containers.*.HostConfig.DeviceRequests'],
    when: 'a device has a CDI name',
    reason: 'Lares asks for it by its name. Compose 2.26.1 takes the name for a path.',
    options: ['devices', 'gpus'],
  },
  windows: {
    paths: ['containers.*.HostConfig.CpuCount'],
    when: '`cpu_count`',
    reason: 'It means something on Windows alone. Lares leaves it out, with a warning.',
  },
  isolation: {
    paths: ['containers.*.HostConfig.Isolation'],
    when: '`isolation: default`',
    reason: 'It is what an engine on Linux does anyway.',
  },
  swappiness: {
    paths: ['containers.*.HostConfig.MemorySwappiness'],
    when: '`mem_swappiness: 0`',
    reason: 'It means never to swap. Compose leaves it out.',
    options: ['resources'],
  },
  attempts: {
    paths: ['containers.*.HostConfig.RestartPolicy.MaximumRetryCount'],
    when: '`max_attempts` of `deploy.restart_policy` without `condition: on-failure`',
    reason:
      'An engine counts attempts on failure only; it refuses what Compose makes of the condition `any`. Lares leaves them out, with a warning.',
  },
  volumesFrom: {
    paths: ['containers.*.HostConfig.VolumesFrom', 'containers.*.Mounts'],
    when: '`volumes_from` with `:ro`',
    reason: 'They are read-only. Compose forgets it. A container is named, and not its id.',
    options: ['volumesFrom'],
  },
  boundVolumes: {
    paths: ['containers.*.HostConfig.Binds', 'containers.*.HostConfig.Mounts', 'containers.*.Mounts'],
    when: 'a volume has the driver option `o: bind`',
    reason: 'Compose mounts it in the old notation, Lares as any other volume. It is the same mount.',
  },
  imageLabels: {
    paths: ['images.*.Config.Labels'],
    when: 'an image is built, without BuildKit',
    reason: 'Lares labels it with project and service, as Compose does with BuildKit.',
  },
  ipamOptions: {
    paths: ['networks.*.IPAM.Options'],
    when: '`ipam.options`',
    reason: 'Compose leaves them out.',
  },
  macAddress: {
    when: '`mac_address` of a network, with an engine before 25',
    reason: 'Lares gives it to the container where it is that of its first network. Compose refuses it.',
  },
  startInterval: {
    when: '`start_interval` of a health check, with an engine before 25',
    reason: 'The rest of the health check works without it. Lares leaves it out, with a warning. Compose refuses it.',
  },
  subpath: {
    when: '`subpath` of a volume, with an engine before 26',
    reason: 'Compose mounts the whole volume without a word. Lares refuses it.',
    options: ['mounts'],
  },
  recursive: {
    paths: ['containers.*.HostConfig.Mounts'],
    when: '`recursive` of a host path',
    reason:
      'Compose 2.26.1 leaves it out without a word. Lares does it, and refuses it where the engine cannot: together with `create_host_path` or `selinux`, and `readonly` before engine 25.',
    options: ['mounts'],
  },
  selinux: {
    paths: ['containers.*.HostConfig.Mounts', 'containers.*.HostConfig.Binds', 'containers.*.Mounts'],
    when: '`selinux` of a host path without `create_host_path`',
    reason: 'Compose leaves the label out without a word. With it the engine makes the path when it is not there.',
    options: ['mounts'],
  },
  driverOptions: {
    paths: ['containers.*.NetworkSettings.Networks.*.DriverOpts'],
    when: '`driver_opts` of a network of a service',
    reason: 'Compose 2.26.1 leaves them out.',
    options: ['networks'],
  },
  endpointAddress: {
    paths: ['containers.*.NetworkSettings.Networks.*.IPAddress', 'containers.*.NetworkSettings.Networks.*.IPv6Gateway'],
    when: '`ipv4_address` or `ipv6_address`, before the container starts',
    reason: 'Compose also writes them where the engine tells what it gave, one as a gateway; the start overwrites it.',
  },
  rawEnvironment: {
    when: '`format: raw` of an `env_file`',
    reason: 'Compose 2.26.1 knows it in its schema alone, and refuses it.',
  },
  buildkit: {
    when: 'a build with `ssh`, `secrets`, `privileged` and the like, without BuildKit',
    reason: 'Lares builds without, with a warning, and the build fails where it needs it. Compose refuses it.',
  },
  inlineDockerfile: {
    when: '`dockerfile_inline`, without BuildKit',
    reason: 'Compose looks for a file all the same.',
  },
} as const satisfies Record<string, Difference>

export type DifferenceName = keyof typeof differences

/** Those that show themselves without being asked for. */
export const everywhere: readonly DifferenceName[] = ['hash', 'networkName']

/** True when a path of two inspects is one at which they may differ. */
export function isMeant(path: readonly string[], names: readonly DifferenceName[]): boolean {
  const text = path.join('.')
  return names.some((name) => {
    const { paths = [] }: Difference = differences[name]
    return paths.some((pattern) => matcher(pattern).test(text))
  })
}

const matcher = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll('.', '\\.'))
      .join('.+')}(?:\\.|$)`,
  )
