import { posix } from 'node:path'
import type { Project, ProjectFile } from '../load/project/project.ts'
import type { FileMount, Service } from '../load/project/service.ts'
import type { MountOptions } from './mounts.ts'
import type { FilePart } from './parts.ts'
import type { Report } from './report.ts'

const DIRECTORIES = { secrets: '/run/secrets', configs: '/' } as const
/** Compose gives everybody the right to read them. */
const MODE = 0o444

/** Configs and secrets of a service: files of the host are mounted, what comes from elsewhere is put into the container. */
export function configFiles(
  project: Project,
  name: string,
  service: Service,
  report: Report,
): { mounts: MountOptions[]; files: FilePart[] } {
  const mounts = new Map<string, MountOptions>()
  const files = new Map<string, FilePart>()
  for (const section of ['secrets', 'configs'] as const) {
    for (const [index, use] of (service[section] ?? []).entries()) {
      const object = project[section][use.source]
      if (object === undefined || !isOfEngine(section, use.source, object, report)) continue
      const target = posix.resolve(DIRECTORIES[section], use.target || use.source)
      if (object.file !== undefined) {
        for (const right of ['uid', 'gid', 'mode'] as const) {
          if (use[right] === undefined) continue
          const why = 'a file of the host is mounted with its own rights'
          report.unhonoured(['services', name, section, index, right], why, 'Change those of the file.')
        }
        if (!mounts.has(target)) mounts.set(target, { type: 'bind', source: object.file, target, readOnly: true })
      } else if (object.content === undefined) {
        const summary = `the variable ${object.environment} is not set, and the service ${name} needs it`
        report.problem('compose_variable_unset', [section, use.source, 'environment'], summary)
      } else {
        files.set(target, filePart(['services', name, section, index], target, object.content, use, report))
      }
    }
  }
  if (service.read_only) refuseReadOnly(name, service, [...files.keys()], report)
  return { mounts: [...mounts.values()], files: [...files.values()] }
}

/** What only a swarm has is refused, as by Compose. */
function isOfEngine(section: 'configs' | 'secrets', key: string, object: ProjectFile, report: Report): boolean {
  const advice = 'Give it a file, or a variable.'
  for (const attribute of ['external', 'driver', 'template_driver'] as const) {
    if (!object[attribute]) continue
    report.unsupported([section, key, attribute], `only a swarm has ${attribute} ${section}`, advice)
    return false
  }
  return true
}

function filePart(
  path: (string | number)[],
  target: string,
  content: string,
  { uid = '0', gid = '0', mode = MODE }: FileMount,
  report: Report,
): FilePart {
  const ids = Object.entries({ uid, gid }).map(([key, text]) => {
    if (/^\d+$/.test(text)) return Number(text)
    report.problem('compose_invalid_id', [...path, key], `"${text}" is not a number`)
    return 0
  })
  return { target, content, uid: ids[0] ?? 0, gid: ids[1] ?? 0, mode }
}

/** An engine writes nothing into a container that is read-only, but into its volumes. */
function refuseReadOnly(name: string, { volumes = [] }: Service, targets: readonly string[], report: Report): void {
  const isInVolume = (target: string) =>
    volumes.some((mount) => mount.type !== 'tmpfs' && !mount.read_only && target.startsWith(`${mount.target}/`))
  for (const target of targets.filter((it) => !isInVolume(it))) {
    const advice = 'Give the config or secret a file, which is mounted.'
    report.unsupported(
      ['services', name, 'read_only'],
      `nothing can be put at ${target} in a read-only container`,
      advice,
    )
  }
}
