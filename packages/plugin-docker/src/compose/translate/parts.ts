import type { BuildOptions, NetworkSpec } from '../../client/index.ts'
import type { ContainerOptions } from '../../options.ts'
import type { Dependency } from '../load/project/service.ts'

/** What a project is made of on an engine: everything has the name there that it is to have. */
export type Parts = {
  project: string
  networks: NetworkPart[]
  volumes: VolumePart[]
  /** What depends on another one stands behind it. */
  services: ServicePart[]
}

type Part = {
  /** What the files call it. */
  key: string
  /** What the engine calls it. */
  name: string
  /** Somebody else's: it has to be there, and stays as it is. */
  external: boolean
}

/** With the labels that Compose gives it. */
export type NetworkPart = Part & { spec: NetworkSpec }

/** With the labels that Compose gives it. */
export type VolumePart = Part & {
  driver?: string
  driverOptions?: Record<string, string>
  labels: Record<string, string>
}

export type ServicePart = {
  name: string
  image: ImagePart
  /** By service; links, shared namespaces and shared volumes included. */
  dependsOn: Record<string, Dependency>
  /** Services whose containers its own name, so that theirs are replaced together with them. */
  attachedTo: string[]
  /** As many as it is scaled to, by number from 1. */
  containers: ContainerPart[]
  hooks: Hooks
}

/** What is run in each container of a service, one after the other. */
export type Hooks = {
  /** Once it has started. */
  postStart: HookPart[]
  /** Before it is stopped. */
  preStop: HookPart[]
}

export type HookPart = {
  command: readonly [string, ...string[]]
  user?: string
  workingDir?: string
  privileged?: boolean
  env?: Record<string, string>
}

export type ImagePart = {
  reference: string
  platform?: string
  /** When it is pulled: `build` never, because it is built. */
  pull: 'always' | 'missing' | 'never' | 'build'
  build?: Omit<BuildOptions, 'signal' | 'onProgress'>
}

export type ContainerPart = {
  number: number
  name: string
  /** With the labels that Compose gives it, but for `IMAGE_LABEL`: the id of its image is to be added. */
  options: ContainerOptions
  /** Put into the container before it starts. */
  files: FilePart[]
}

/** A config or secret that comes from a variable or stands inline. */
export type FilePart = { target: string; content: string; uid: number; gid: number; mode: number }
