import { defined, isEmpty } from '../../client/options/defined.ts'
import type { ContainerOptions } from '../../options.ts'
import type { Project } from '../load/project/project.ts'
import { seccompProfileOf } from '../load/project/seccomp-profiles.ts'
import type { Service } from '../load/project/service.ts'
import { networksOf } from './attachments.ts'
import { deviceRequests, devicesOf } from './devices.ts'
import { configFiles } from './files.ts'
import { hostLines } from './image.ts'
import { containerLabels, withConfigHash } from './labels.ts'
import { healthcheckOf, loggingOf, restartOf, stopGracePeriodOf } from './lifecycle.ts'
import { volumesOf } from './mounts.ts'
import { containerName, imageName } from './names.ts'
import { namespaceOf, volumesFrom } from './namespaces.ts'
import type { ContainerPart } from './parts.ts'
import type { Report } from './report.ts'
import { resourcesOf } from './resources.ts'

/** One container of a service. What cannot be honoured is told once, for the first of them. */
export function containerPart(project: Project, name: string, number: number, report: Report): ContainerPart {
  const service = project.services[name]!
  const { mounts: fileMounts, files } = configFiles(project, name, service, report)
  const volumes = volumesOf(project, name, service, report)
  const taken = new Set(volumes.map(({ target }) => target))
  const options: ContainerOptions = defined({
    ...plain(service),
    securityOptions: securityOptions(project, service),
    ...networksOf(project, name, number, report),
    image: imageName(project.name, name, service),
    labels: containerLabels(project, name, service, number),
    mounts: some([...volumes, ...fileMounts.filter(({ target }) => !taken.has(target))]),
    volumesFrom: volumesFrom(project, service),
    pid: namespaceOf(project, service.pid),
    ipc: namespaceOf(project, service.ipc),
    restart: restartOf(name, service, report),
    healthcheck: healthcheckOf(service),
    logging: loggingOf(service),
    stopGracePeriod: stopGracePeriodOf(service),
    resources: resourcesOf(service),
    devices: devicesOf(service),
    gpus: deviceRequests(service),
  })
  return {
    number,
    name: containerName(project.name, name, service, number),
    options: withConfigHash(options),
    files,
  }
}

/** What has one value in both languages. */
const plain = (service: Service): Partial<ContainerOptions> =>
  defined({
    platform: service.platform || undefined,
    command: service.command ?? undefined,
    entrypoint: service.entrypoint ?? undefined,
    env: service.environment && notEmpty(service.environment),
    annotations: service.annotations && notEmpty(service.annotations),
    user: service.user || undefined,
    workingDir: service.working_dir || undefined,
    hostname: service.hostname || undefined,
    domainname: service.domainname || undefined,
    tty: service.tty,
    stdinOpen: service.stdin_open,
    stopSignal: service.stop_signal || undefined,
    ports: some(service.ports ?? [])?.map(({ target, published, host_ip, protocol }) =>
      defined({
        target,
        published: published || undefined,
        hostIp: host_ip || undefined,
        protocol: protocol as 'tcp' | 'udp' | 'sctp',
      }),
    ),
    expose: some(service.expose ?? []),
    tmpfs: some(service.tmpfs ?? []),
    extraHosts: hostLines(service.extra_hosts),
    dns: some(service.dns ?? []),
    dnsSearch: some(service.dns_search ?? []),
    dnsOptions: some(service.dns_opt ?? []),
    capAdd: some(service.cap_add ?? []),
    capDrop: some(service.cap_drop ?? []),
    deviceCgroupRules: some(service.device_cgroup_rules ?? []),
    sysctls: service.sysctls && notEmpty(service.sysctls),
    ulimits: service.ulimits && notEmpty(service.ulimits),
    storageOptions: service.storage_opt && notEmpty(service.storage_opt),
    groupAdd: some(service.group_add ?? []),
    privileged: service.privileged,
    readOnly: service.read_only,
    init: service.init,
    runtime: service.runtime || undefined,
    shmSize: service.shm_size || undefined,
    uts: service.uts || undefined,
    userns: service.userns_mode || undefined,
    cgroupNamespace: service.cgroup,
    cgroupParent: service.cgroup_parent || undefined,
  })

/** An engine takes the text of a seccomp profile, not its path. */
const securityOptions = ({ seccompProfiles }: Project, { security_opt = [] }: Service): string[] | undefined =>
  some(
    security_opt.map((option) => {
      const profile = seccompProfiles[seccompProfileOf(option) ?? '']
      return profile === undefined ? option : `seccomp=${profile}`
    }),
  )

const some = <Item>(items: readonly Item[]): Item[] | undefined => (items.length > 0 ? [...items] : undefined)

const notEmpty = <Value extends object>(value: Value): Value | undefined => (isEmpty(value) ? undefined : value)
