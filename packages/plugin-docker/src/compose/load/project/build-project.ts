import { type Diagnostic, formatPath, hasErrors, parsePath } from '@lares/core'
import type { Environment } from '../assemble/environment.ts'
import type { Reading } from '../assemble/reading.ts'
import { child, type MapNode, type Node, type Plain, plain, walk } from '../yaml/tree.ts'
import { checkModel } from './check-model.ts'
import { checkProject } from './check-project.ts'
import { withFileValues } from './env-files.ts'
import { normalise } from './normalise.ts'
import type { Project } from './project.ts'
import { readSeccompProfiles } from './seccomp-profiles.ts'
import type { Service } from './service.ts'

type Frame = Pick<Project, 'name' | 'directory' | 'files'> & { environment: Environment; profiles: readonly string[] }

/** The project of a merged model, or undefined when something is wrong with it; the reading has the diagnostics. */
export async function buildProject(model: MapNode, frame: Frame, reading: Reading): Promise<Project | undefined> {
  report(checkModel(model), reading)
  const { name, directory, files, environment, profiles } = frame
  const tree = normalise(model, { name, directory, environment: environment.variables })
  const places = Object.fromEntries([...walk(tree)].map(({ path, node }) => [formatPath(path), node.at]))
  const { services, disabled } = byProfile(section<Service>(tree, 'services'), profiles)
  const objects = {
    networks: section<Project['networks'][string]>(tree, 'networks'),
    volumes: section<Project['volumes'][string]>(tree, 'volumes'),
    configs: section<Project['configs'][string]>(tree, 'configs'),
    secrets: section<Project['secrets'][string]>(tree, 'secrets'),
  }
  const use = usedObjects(Object.values(services))
  const project: Project = {
    name,
    directory,
    files,
    environmentFiles: environment.files,
    services,
    disabled,
    networks: pick(objects.networks, use.networks),
    volumes: pick(objects.volumes, use.volumes),
    configs: pick(objects.configs, use.configs),
    secrets: pick(objects.secrets, use.secrets),
    unused: {
      networks: rest(objects.networks, use.networks).filter((key) => key !== 'default'),
      volumes: rest(objects.volumes, use.volumes),
      configs: rest(objects.configs, use.configs),
      secrets: rest(objects.secrets, use.secrets),
    },
    seccompProfiles: {},
    extensions: extensionsOf(tree),
    places,
  }
  const declared = {
    networks: Object.keys(objects.networks),
    volumes: Object.keys(objects.volumes),
    configs: Object.keys(objects.configs),
    secrets: Object.keys(objects.secrets),
  }
  report(checkProject(project, declared), reading)
  for (const [key, service] of Object.entries(services)) {
    services[key] = await withFileValues(key, service, project, environment.variables, reading)
  }
  project.seccompProfiles = await readSeccompProfiles(project, reading)
  return hasErrors(reading.diagnostics) ? undefined : project
}

/** Adds what is wrong, but for services and objects of which something was wrong before: the one follows from the other. */
function report(found: readonly Diagnostic[], reading: Reading): void {
  const about = ({ path }: Diagnostic) => formatPath(parsePath(path ?? '').slice(0, 2))
  const wrong = new Set(reading.diagnostics.filter(({ severity }) => severity === 'error').map(about))
  reading.diagnostics.push(...found.filter((diagnostic) => !wrong.has(about(diagnostic))))
}

/** The tree has been checked against the specification and is in its long form: its data is of the type that says so. */
const section = <Value>(tree: Node, name: string): Record<string, Value> =>
  plain(child(tree, name) ?? tree) as Record<string, Value>

function byProfile(all: Record<string, Service>, profiles: readonly string[]): Pick<Project, 'services' | 'disabled'> {
  const isEnabled = ({ profiles: own = [] }: Service) =>
    own.length === 0 || profiles.includes('*') || own.some((profile) => profiles.includes(profile))
  const entries = Object.entries(all)
  return {
    services: Object.fromEntries(entries.filter(([, service]) => isEnabled(service))),
    disabled: Object.fromEntries(entries.filter(([, service]) => !isEnabled(service))),
  }
}

function usedObjects(services: readonly Service[]) {
  return {
    networks: new Set(services.flatMap(({ networks }) => Object.keys(networks ?? {}))),
    volumes: new Set(
      services.flatMap(({ volumes }) => (volumes ?? []).filter(({ type }) => type === 'volume').map(source)),
    ),
    configs: new Set(services.flatMap(({ configs }) => (configs ?? []).map(source))),
    secrets: new Set(
      services.flatMap(({ secrets, build }) => [...(secrets ?? []), ...(build?.secrets ?? [])].map(source)),
    ),
  }
}

const source = (mount: { source?: string }): string => mount.source ?? ''

const pick = <Value>(all: Record<string, Value>, keys: ReadonlySet<string>): Record<string, Value> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => keys.has(key)))

const rest = (all: Record<string, unknown>, keys: ReadonlySet<string>): string[] =>
  Object.keys(all).filter((key) => !keys.has(key))

const extensionsOf = (tree: MapNode): Record<string, Plain> =>
  Object.fromEntries([...tree.entries].filter(([key]) => key.startsWith('x-')).map(([key, node]) => [key, plain(node)]))
