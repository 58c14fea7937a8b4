import type { ContainerConfig, HostConfig } from '../wire.ts'
import type { ContainerSpec, ResourcesSpec } from './spec.ts'

/**
 * Options that the engine keeps under one key and in one spelling: option, engine key, and the value that the engine shows
 * when nothing was said.
 */
type Field<Keys> = readonly [option: keyof ContainerSpec, key: Keys, unset: unknown]

/** Fields of the container's own configuration that an image can set as well. */
export const imageFields: readonly Field<keyof ContainerConfig>[] = [
  ['user', 'User', ''],
  ['workingDir', 'WorkingDir', ''],
  ['stopSignal', 'StopSignal', ''],
]

export const configFields: readonly Field<keyof ContainerConfig>[] = [
  ['domainname', 'Domainname', ''],
  ['tty', 'Tty', false],
  ['stdinOpen', 'OpenStdin', false],
]

export const hostFields: readonly Field<keyof HostConfig>[] = [
  ['annotations', 'Annotations', {}],
  ['publishAllPorts', 'PublishAllPorts', false],
  ['volumesFrom', 'VolumesFrom', []],
  ['extraHosts', 'ExtraHosts', []],
  ['dns', 'Dns', []],
  ['dnsSearch', 'DnsSearch', []],
  ['dnsOptions', 'DnsOptions', []],
  ['deviceCgroupRules', 'DeviceCgroupRules', []],
  ['groupAdd', 'GroupAdd', []],
  ['sysctls', 'Sysctls', {}],
  ['storageOptions', 'StorageOpt', {}],
  ['privileged', 'Privileged', false],
  ['readOnly', 'ReadonlyRootfs', false],
  ['init', 'Init', null],
  ['runtime', 'Runtime', ''],
  ['cgroupParent', 'CgroupParent', ''],
  ['cgroupNamespace', 'CgroupnsMode', ''],
  ['pid', 'PidMode', ''],
  ['ipc', 'IpcMode', 'private'],
  ['uts', 'UTSMode', ''],
  ['userns', 'UsernsMode', ''],
]

/** What the engine fills in by itself when an option is absent. */
export type EngineDefaults = {
  runtime: string
  loggingDriver: string
  cgroupNamespace: 'host' | 'private'
  /** Limits that its kernel lacks, and that it leaves out with a warning. */
  discards?: readonly (keyof ResourcesSpec)[]
}
