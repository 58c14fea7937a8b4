import { orFalse, orUndefined } from './absence.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { labelFilter } from './events.ts'
import { defined } from './options/defined.ts'
import type { VolumeInspect } from './wire.ts'

/** What can be said about a volume; the driver is `local` when absent. */
export type VolumeOptions = {
  driver?: string | undefined
  driverOptions?: Record<string, string> | undefined
  labels?: Record<string, string> | undefined
}

export type Volumes = {
  list(options?: CallOptions & { labels?: Record<string, string> }): Promise<VolumeInspect[]>
  /** The volume, or undefined when there is none of that name. */
  inspect(name: string, options?: CallOptions): Promise<VolumeInspect | undefined>
  /** Succeeds as well when the volume exists already, as the engine does: inspect first. */
  create(name: string, volume?: VolumeOptions, options?: CallOptions): Promise<VolumeInspect>
  /** False when it was gone. @throws DockerError `in_use` */
  remove(name: string, options?: CallOptions): Promise<boolean>
}

export function volumesOf(access: EngineAccess): Volumes {
  const { docker } = access
  return {
    async list({ labels = {}, ...options } = {}) {
      const query = { filters: JSON.stringify({ label: labelFilter(labels) }) }
      const answer = await call<{ Volumes: VolumeInspect[] | null }>(
        access,
        { request: 'list volumes', options, repeatable: true },
        (abortSignal) => docker.listVolumes({ ...query, abortSignal }),
      )
      return answer.Volumes ?? []
    },
    inspect: (name, options = {}) =>
      orUndefined(
        call(access, { request: `inspect volume ${name}`, options, repeatable: true }, (abortSignal) =>
          docker.getVolume(name).inspect({ abortSignal }),
        ),
      ),
    create: (name, { driver, driverOptions, labels } = {}, options = {}) =>
      call(access, { request: `create volume ${name}`, options }, (abortSignal) =>
        docker
          .createVolume({
            Name: name,
            ...defined({ Driver: driver, DriverOpts: driverOptions, Labels: labels }),
            abortSignal,
          })
          .then(() => docker.getVolume(name).inspect({ abortSignal })),
      ),
    remove: (name, options = {}) =>
      orFalse(
        call(access, { request: `remove volume ${name}`, options }, (abortSignal) =>
          docker.getVolume(name).remove({ abortSignal }),
        ),
      ),
  }
}
