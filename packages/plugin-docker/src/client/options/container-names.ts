import type { HostConfig } from '../wire.ts'

/** References to other containers by name, where one of that id is known. */
export function withContainerNames(host: HostConfig, nameOf: (id: string) => string | undefined): HostConfig {
  const named = (reference: string) => reference.replace(/(?<=^container:).+$/, (id) => nameOf(id) ?? id)
  const { NetworkMode, PidMode, IpcMode, VolumesFrom } = host
  return {
    ...host,
    ...(NetworkMode !== undefined && { NetworkMode: named(NetworkMode) }),
    ...(PidMode !== undefined && { PidMode: named(PidMode) }),
    ...(IpcMode !== undefined && { IpcMode: named(IpcMode) }),
    ...(VolumesFrom && { VolumesFrom: VolumesFrom.map((source) => volumesOf(source, nameOf)) }),
  }
}

function volumesOf(source: string, nameOf: (id: string) => string | undefined): string {
  const [id = '', ...mode] = source.split(':')
  return [nameOf(id) ?? id, ...mode].join(':')
}
