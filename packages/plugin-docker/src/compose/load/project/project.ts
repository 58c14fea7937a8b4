import { formatPath, type Path, type SourceLocation } from '@lares/core'
import type { Plain } from '../yaml/tree.ts'
import type { Service } from './service.ts'

type Strings = Record<string, string>

/** What networks, volumes, configs and secrets have in common. */
type Named = {
  /** Its name on the engine. */
  name: string
  /** Made by somebody else, and only used. */
  external?: boolean
  labels?: Strings
  driver_opts?: Strings
}

export type ProjectNetwork = Named & {
  driver?: string
  ipam?: {
    driver?: string
    config?: { subnet?: string; ip_range?: string; gateway?: string; aux_addresses?: Strings }[]
    options?: Strings
  }
  internal?: boolean
  attachable?: boolean
  enable_ipv4?: boolean
  enable_ipv6?: boolean
}

export type ProjectVolume = Named & { driver?: string }

/** A config or secret: of a file (its absolute path), a variable, or, a config alone, inline. */
export type ProjectFile = Named & {
  file?: string
  environment?: string
  /** What stands inline, or the value of the variable. Of a secret it is one. */
  content?: string
  driver?: string
  template_driver?: string
}

/** What compose files say, as one model. */
export type Project = {
  name: string
  /** What relative paths are relative to. */
  directory: string
  /** The compose files in their order, without those that they include or extend. */
  files: string[]
  /** The files that the variables come from. */
  environmentFiles: string[]
  services: Record<string, Service>
  /** What profiles leave out. */
  disabled: Record<string, Service>
  /** What a service uses. */
  networks: Record<string, ProjectNetwork>
  volumes: Record<string, ProjectVolume>
  configs: Record<string, ProjectFile>
  secrets: Record<string, ProjectFile>
  /** The seccomp profiles that services name in `security_opt`, by what they name. */
  seccompProfiles: Record<string, string>
  /** What is declared, and no service uses. */
  unused: { networks: string[]; volumes: string[]; configs: string[]; secrets: string[] }
  /** The `x-…` attributes of the file. */
  extensions: Record<string, Plain>
  /** Where each attribute was said, by its path: `services.web.ports[0]`. `placeOf` finds the nearest. */
  places: Record<string, SourceLocation>
}

/** Where an attribute was said, or what it belongs to when it was said nowhere itself. */
export function placeOf(project: Pick<Project, 'places'>, path: Path): SourceLocation | undefined {
  for (let length = path.length; length > 0; length--) {
    const place = project.places[formatPath(path.slice(0, length))]
    if (place !== undefined) return place
  }
  return undefined
}
