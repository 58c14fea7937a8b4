import {
  child,
  entriesOf,
  isNull,
  list,
  type MapNode,
  map,
  type Node,
  scalar,
  textOf,
  withEntry,
} from '../yaml/tree.ts'

const SERVICE = 'service:'

type Surroundings = { name: string; directory: string; environment: ReadonlyMap<string, string> }

/** A model with what Compose makes explicit: the default network, names, implied dependencies, defaults. */
export function normalise(model: MapNode, { name, directory, environment }: Surroundings): MapNode {
  const services = entriesOf(child(model, 'services')).map(([key, service]): [string, Node] => [
    key,
    service.kind === 'map' ? normaliseService(service, directory, environment) : service,
  ])
  let result = withEntry(model, 'services', map(child(model, 'services')?.at ?? model.at, services))
  if (child(child(result, 'networks'), 'default') === undefined) {
    const networks = child(result, 'networks') ?? map(model.at, [])
    result = withEntry(result, 'networks', withEntry(networks as MapNode, 'default', map(networks.at, [])))
  }
  for (const section of ['networks', 'volumes', 'configs', 'secrets']) {
    const objects = entriesOf(child(result, section)).map(([key, object]): [string, Node] => [
      key,
      namedObject(key, object, name),
    ])
    result = withEntry(result, section, map(child(result, section)?.at ?? model.at, objects))
  }
  for (const section of ['configs', 'secrets']) result = withContent(result, section, environment)
  return result
}

function namedObject(key: string, object: Node, project: string): Node {
  const node = object.kind === 'map' ? object : map(object.at, [])
  if (textOf(child(node, 'name')) !== undefined) return node
  const isExternal = textOf(child(node, 'external')) === 'true'
  return withEntry(node, 'name', scalar(node.at, isExternal ? key : `${project}_${key}`))
}

/** A config or secret that is the value of a variable has it as content. */
function withContent(model: MapNode, section: string, environment: ReadonlyMap<string, string>): MapNode {
  let objects = child(model, section) as MapNode
  for (const [key, object] of entriesOf(objects)) {
    const variable = child(object, 'environment')
    const value = environment.get(textOf(variable) ?? '')
    if (variable === undefined || value === undefined || object.kind !== 'map') continue
    objects = withEntry(objects, key, withEntry(object, 'content', scalar(variable.at, value)))
  }
  return withEntry(model, section, objects)
}

function normaliseService(service: MapNode, directory: string, environment: Surroundings['environment']): MapNode {
  let result = service
  for (const key of ['deploy', 'develop'])
    if (isNull(child(service, key) ?? service)) result = withEntry(result, key, undefined)
  const said = (key: string) => child(service, key)
  if (entriesOf(said('networks')).length === 0 && textOf(said('network_mode')) === undefined) {
    result = withEntry(result, 'networks', map(service.at, [['default', scalar(service.at, null)]]))
  }
  const policy = said('pull_policy')
  if (textOf(policy) === 'if_not_present') result = withEntry(result, 'pull_policy', scalar(policy!.at, 'missing'))
  const build = said('build')
  if (build?.kind === 'map') result = withEntry(result, 'build', normaliseBuild(build, directory, environment))
  const dependencies = impliedDependencies(service)
  if (dependencies.length > 0) {
    const depends = (said('depends_on') ?? map(dependencies[0]![1].at, [])) as MapNode
    const missing = dependencies.filter(([name]) => !depends.entries.has(name)).reverse()
    result = withEntry(result, 'depends_on', { ...depends, entries: new Map([...depends.entries, ...missing]) })
  }
  for (const [name, dependency] of entriesOf(child(result, 'depends_on'))) {
    if (dependency.kind !== 'map' || dependency.entries.has('required')) continue
    const whole = withEntry(dependency, 'required', scalar(dependency.at, true))
    result = withEntry(result, 'depends_on', withEntry(child(result, 'depends_on') as MapNode, name, whole))
  }
  result = changed(result, ['dns'], (servers) =>
    servers.kind === 'list'
      ? list(
          servers.at,
          servers.items.filter((item) => textOf(item) !== ''),
        )
      : servers,
  )
  return withReplicas(withDevices(withSecretTargets(result)))
}

function normaliseBuild(build: MapNode, directory: string, environment: Surroundings['environment']): MapNode {
  let result = build.entries.has('context') ? build : withEntry(build, 'context', scalar(build.at, directory))
  if (!build.entries.has('dockerfile') && !build.entries.has('dockerfile_inline')) {
    result = withEntry(result, 'dockerfile', scalar(build.at, 'Dockerfile'))
  }
  const args = child(build, 'args')
  if (args?.kind !== 'map') return result
  const resolved = [...args.entries].flatMap(([key, value]): [string, Node][] => {
    if (!isNull(value)) return [[key, value]]
    const inherited = environment.get(key)
    return inherited === undefined ? [] : [[key, scalar(value.at, inherited)]]
  })
  return withEntry(result, 'args', map(args.at, resolved))
}

/** What a service needs without `depends_on`: links, namespaces and volumes of another one. The first mention counts. */
function impliedDependencies(service: MapNode): [string, Node][] {
  const found = new Map<string, Node>()
  const need = (name: string, at: Node, restart: boolean) => {
    if (found.has(name)) return
    const parts: [string, Node][] = [
      ['condition', scalar(at.at, 'service_started')],
      ['required', scalar(at.at, true)],
    ]
    if (restart) parts.push(['restart', scalar(at.at, true)])
    found.set(name, map(at.at, parts))
  }
  for (const item of itemsOf(child(service, 'links'))) need((textOf(item) ?? '').split(':')[0]!, item, true)
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const namespace = child(service, key)
    const text = textOf(namespace) ?? ''
    if (text.startsWith(SERVICE)) need(text.slice(SERVICE.length), namespace!, true)
  }
  for (const item of itemsOf(child(service, 'volumes_from'))) {
    const text = textOf(item) ?? ''
    if (!text.startsWith('container:')) need(text.split(':')[0]!, item, false)
  }
  return [...found]
}

function withSecretTargets(service: MapNode): MapNode {
  const secrets = child(service, 'secrets')
  if (secrets?.kind !== 'list') return service
  const items = secrets.items.map((secret) => {
    if (secret.kind !== 'map' || secret.entries.has('target')) return secret
    return withEntry(secret, 'target', scalar(secret.at, `/run/secrets/${textOf(child(secret, 'source')) ?? ''}`))
  })
  return withEntry(service, 'secrets', list(secrets.at, items))
}

/** A request for devices that says neither how many nor which is for all of them. */
function withDevices(service: MapNode): MapNode {
  const all = (devices: Node): Node =>
    devices.kind !== 'list'
      ? devices
      : list(
          devices.at,
          devices.items.map((item) =>
            item.kind !== 'map' || item.entries.has('count') || item.entries.has('device_ids')
              ? item
              : withEntry(item, 'count', scalar(item.at, -1)),
          ),
        )
  return changed(changed(service, ['gpus'], all), ['deploy', 'resources', 'reservations', 'devices'], all)
}

/** How often a service runs stands in `scale` and in `deploy.replicas`: when it has both, they are the same. */
function withReplicas(service: MapNode): MapNode {
  const scale = child(service, 'scale')
  const deploy = child(service, 'deploy')
  if (scale === undefined || deploy?.kind !== 'map' || deploy.entries.has('replicas')) return service
  return withEntry(service, 'deploy', withEntry(deploy, 'replicas', scale))
}

function changed(node: MapNode, [key = '', ...rest]: readonly string[], change: (node: Node) => Node): MapNode {
  const value = child(node, key)
  if (value === undefined) return node
  if (rest.length === 0) return withEntry(node, key, change(value))
  return value.kind === 'map' ? withEntry(node, key, changed(value, rest, change)) : node
}

const itemsOf = (node: Node | undefined): readonly Node[] => (node?.kind === 'list' ? node.items : [])
