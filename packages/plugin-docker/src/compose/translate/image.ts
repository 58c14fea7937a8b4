import type { BuildOptions } from '../../client/index.ts'
import { defined, isEmpty } from '../../client/options/defined.ts'
import type { Project } from '../load/project/project.ts'
import type { Build, Service } from '../load/project/service.ts'
import { imageLabels } from './labels.ts'
import { imageName } from './names.ts'
import type { ImagePart } from './parts.ts'
import type { Report } from './report.ts'

/** Attributes of a build that the engine's own builder lacks. It fails at what needs them, so nothing goes wrong unseen. */
const UNHONOURED: readonly (keyof Build)[] = ['ssh', 'secrets', 'entitlements', 'cache_to', 'privileged', 'isolation']

/** The image of a service, and how it is built. */
export function imagePart(project: Project, name: string, service: Service, report: Report): ImagePart {
  const reference = imageName(project.name, name, service)
  const { build, pull_policy: policy, platform } = service
  if (build === undefined)
    return defined({ reference, platform, pull: policy === 'build' ? 'missing' : (policy ?? 'missing') })
  if (policy !== undefined && policy !== 'build' && policy !== 'never') {
    report.unhonoured(['services', name, 'pull_policy'], 'the image of the service is built, and not pulled')
  }
  const pull = 'build' as const
  return defined({ reference, platform, pull, build: buildOptions(project, name, service, build, report) })
}

function buildOptions(
  project: Project,
  name: string,
  service: Service,
  build: Build,
  report: Report,
): NonNullable<ImagePart['build']> {
  const path = ['services', name, 'build']
  for (const attribute of UNHONOURED) {
    const value = build[attribute]
    if (value === undefined || value === false || isEmpty(value)) continue
    report.unhonoured([...path, attribute], "the engine's own builder cannot do it; it fails where a build needs it")
  }
  if (!isEmpty(build.additional_contexts ?? {})) {
    const why = "the engine's own builder would take images of the same names for them"
    report.unsupported([...path, 'additional_contexts'], why, 'Put the files into the context.')
  }
  if (isRemote(build.context)) {
    const advice = 'Clone it, and give the directory.'
    report.unsupported([...path, 'context'], `a build from ${build.context} is not supported`, advice)
  }
  return defined({
    directory: build.context,
    dockerfile: build.dockerfile_inline === undefined ? build.dockerfile : undefined,
    dockerfileInline: build.dockerfile_inline,
    tags: [imageName(project.name, name, service), ...(build.tags ?? [])],
    args: isEmpty(build.args ?? {}) ? undefined : build.args,
    target: build.target || undefined,
    labels: imageLabels(project, name, build.labels),
    platform: platformOf(path, service, build, report),
    pull: build.pull,
    noCache: build.no_cache,
    network: build.network || undefined,
    extraHosts: hostLines(build.extra_hosts),
    cacheFrom: build.cache_from,
    shmSize: build.shm_size || undefined,
    ulimits: build.ulimits && limits(build.ulimits),
  }) satisfies Omit<BuildOptions, 'signal' | 'onProgress'>
}

/** A repository or an archive, which the loader leaves as it stands. */
const isRemote = (context: string): boolean => /^(?:[a-z+]+:\/\/|git@|github\.com\/)/.test(context)

/** An engine builds for one platform at a time. */
function platformOf(path: string[], { platform }: Service, { platforms = [] }: Build, report: Report) {
  if (platform !== undefined || platforms.length <= 1) return platform ?? platforms[0]
  report.unhonoured([...path, 'platforms'], 'it is built for one platform, that of the engine')
  return undefined
}

/** `host:address`, one for each address. */
export function hostLines(hosts: Record<string, string[]> | undefined): string[] | undefined {
  if (hosts === undefined) return undefined
  return Object.entries(hosts).flatMap(([host, addresses]) => addresses.map((address) => `${host}:${address}`))
}

const limits = (ulimits: NonNullable<Build['ulimits']>) =>
  Object.fromEntries(
    Object.entries(ulimits).map(([name, limit]) => [
      name,
      typeof limit === 'number' ? { soft: limit, hard: limit } : { soft: limit.soft, hard: limit.hard },
    ]),
  )
