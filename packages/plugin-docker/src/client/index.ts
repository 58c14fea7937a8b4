export { formatSize, parseSize, SIZE_PATTERN } from '@lares/core'
export type { BuildOptions } from './build.ts'
export { type BuildContext, type BuildContextOptions, buildContext } from './build-context.ts'
export { type ConnectOptions, connectDocker, type DockerClient } from './connect.ts'
export type { ContainerFile } from './container-files.ts'
export type { ContainerSummary, Containers } from './containers.ts'
export type { Engine } from './engine.ts'
export type { CallOptions } from './engine-access.ts'
export { DockerError, type DockerErrorCode, isDockerError } from './error.ts'
export type { EngineEvent, EventFilter, Events } from './events.ts'
export type { Exec, ExecOptions, ExecResult } from './exec.ts'
export { digestOf, type ImageSummary, type Images, type PulledImage, type TransferOptions } from './images.ts'
export type { LogOptions, Logs } from './logs.ts'
export type { Networks } from './networks.ts'
export { DURATION_PATTERN, formatDuration, parseDuration } from './notation/duration.ts'
export { canonicalImage, type ImageReference, parseImageReference } from './notation/image-reference.ts'
export { NAME_PATTERN } from './notation/name.ts'
export { canonicalPorts, type PortBinding, parsePort } from './notation/port.ts'
export { canonicalOptions } from './options/canonical.ts'
export { type CreateRequest, createRequest } from './options/create-body.ts'
export type { EngineDefaults } from './options/fields.ts'
export { isLiveLimit, liveUpdate, type UpdateBody } from './options/live-update.ts'
export { type NetworkSpec, networkFromEngine, networkToEngine, type PoolSpec } from './options/network.ts'
export { type ObservedContext, observedOptions } from './options/observed.ts'
export type * from './options/spec.ts'
export { type NewerTag, newerTags } from './registry/newer-tags.ts'
export {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
  type RegistryOptions,
} from './registry/registry-client.ts'
export {
  type DockerConfigOptions,
  type RegistryCredential,
  type RegistryCredentials,
  readDockerConfig,
} from './registry-auth.ts'
export type { OutputChunk, ProgressLine } from './streams.ts'
export type { VolumeOptions, Volumes } from './volumes.ts'
export { type HealthWaitOptions, healthTime } from './wait.ts'
export type * from './wire.ts'
