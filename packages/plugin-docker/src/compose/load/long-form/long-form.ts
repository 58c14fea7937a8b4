import type { Diagnostic } from '@lares/core'
import { list, map, type Node, scalar, textOf } from '../yaml/tree.ts'
import { hosts, labels, namesTo, texts, variables } from './collections.ts'
import { command, healthTest } from './command.ts'
import { applyForms, type Form, type Forms } from './form.ts'
import { containerPath, device, fileMount, mount } from './mounts.ts'
import { exposed, ports } from './ports.ts'
import { createReport } from './report.ts'
import { decimal, deviceCount, duration, fileMode, flag, size, string, whole } from './values.ts'

const oneEntry =
  (key: string): Form =>
  (node) =>
    node.kind === 'scalar' && textOf(node) !== undefined ? map(node.at, [[key, node]]) : node

const dependency = (item: Node): Node =>
  map(item.at, [
    ['condition', scalar(item.at, 'service_started')],
    ['required', scalar(item.at, true)],
  ])

/** Environment files, each with its path. */
const environmentFiles: Form = (node, path, report) => {
  if (node.kind === 'scalar')
    return textOf(node) === undefined ? node : list(node.at, [oneEntry('path')(node, path, report)])
  if (node.kind !== 'list') return node
  return { ...node, items: node.items.map((item, index) => oneEntry('path')(item, [...path, index], report)) }
}

const allGpus: Form = (node) =>
  node.kind === 'scalar' ? list(node.at, [map(node.at, [['count', scalar(node.at, -1)]])]) : node

/** `external: { name: x }` is an old way to say `external: true` and `name: x`. */
const external: Form = (node, path, report) => {
  const said = node.kind === 'map' ? node.entries.get('external') : undefined
  if (node.kind !== 'map' || said?.kind !== 'map') return node
  report.warning(said, [...path, 'external'], 'deprecated_attribute', 'A name in "external" is deprecated', WRITE_NAME)
  const name = said.entries.get('name')
  if (name !== undefined && node.entries.has('name')) {
    report.problem(said, [...path, 'external'], 'The name stands here and beside it', WRITE_NAME)
  }
  const entries = new Map(node.entries).set('external', scalar(said.at, true))
  return { ...node, entries: name === undefined ? entries : entries.set('name', name) }
}
const WRITE_NAME = 'Write "external: true" and "name: …".'

const fileMounts: Forms = { '*': [fileMount, { mode: fileMode }] }
const devices: Forms = { '*': { count: deviceCount, options: labels } }
const hooks: Forms = { '*': { command, environment: variables, privileged: flag } }
const rates: Forms = { '*': { rate: size } }
const updates: Forms = { parallelism: whole, delay: duration, monitor: duration, max_failure_ratio: decimal }
const ulimits: Forms = { '*': [whole, { soft: whole, hard: whole }] }

const build: Forms = {
  args: variables,
  ssh: variables,
  labels,
  additional_contexts: labels,
  extra_hosts: hosts,
  no_cache: flag,
  pull: flag,
  privileged: flag,
  shm_size: size,
  secrets: fileMounts,
  ulimits,
}

const deploy: Forms = {
  replicas: whole,
  labels,
  update_config: updates,
  rollback_config: updates,
  resources: {
    limits: { cpus: decimal, memory: size, pids: whole },
    reservations: {
      cpus: decimal,
      memory: size,
      devices,
      generic_resources: { '*': { discrete_resource_spec: { value: whole } } },
    },
  },
  restart_policy: { delay: duration, max_attempts: whole, window: duration },
  placement: { max_replicas_per_node: whole },
}

const service: Forms = {
  annotations: labels,
  attach: flag,
  blkio_config: {
    weight: whole,
    device_read_bps: rates,
    device_read_iops: rates,
    device_write_bps: rates,
    device_write_iops: rates,
    weight_device: { '*': { weight: whole } },
  },
  build: [oneEntry('context'), build],
  command,
  configs: fileMounts,
  cpu_count: whole,
  cpu_percent: decimal,
  cpu_period: whole,
  cpu_quota: whole,
  cpu_rt_period: whole,
  cpu_rt_runtime: whole,
  cpu_shares: whole,
  cpus: decimal,
  depends_on: [namesTo(dependency), { '*': { restart: flag } }],
  deploy,
  develop: { watch: { '*': { exec: hooks['*']! } } },
  devices: { '*': device },
  dns: texts,
  dns_search: texts,
  entrypoint: command,
  env_file: [environmentFiles, { '*': { required: flag } }],
  environment: variables,
  expose: exposed,
  extends: oneEntry('service'),
  extra_hosts: hosts,
  gpus: [allGpus, devices],
  group_add: texts,
  healthcheck: {
    disable: flag,
    interval: duration,
    retries: whole,
    start_interval: duration,
    start_period: duration,
    test: healthTest,
    timeout: duration,
  },
  init: flag,
  label_file: texts,
  labels,
  logging: { options: labels },
  mem_limit: size,
  mem_reservation: size,
  mem_swappiness: size,
  memswap_limit: size,
  networks: [namesTo((item) => scalar(item.at, null)), { '*': { driver_opts: { '*': string } } }],
  oom_kill_disable: flag,
  oom_score_adj: whole,
  pids_limit: whole,
  ports,
  post_start: hooks,
  pre_stop: hooks,
  privileged: flag,
  read_only: flag,
  scale: whole,
  secrets: fileMounts,
  shm_size: size,
  stdin_open: flag,
  stop_grace_period: duration,
  storage_opt: { '*': string },
  sysctls: labels,
  tmpfs: texts,
  tty: flag,
  ulimits,
  volumes: {
    '*': [
      mount,
      {
        target: containerPath,
        read_only: flag,
        bind: { create_host_path: flag },
        volume: { nocopy: flag },
        tmpfs: { size, mode: fileMode },
      },
    ],
  },
}

const object: Forms = { external: flag, labels, driver_opts: { '*': string } }

const file: Forms = {
  services: { '*': service },
  networks: { '*': [external, { ...object, internal: flag, attachable: flag, enable_ipv4: flag, enable_ipv6: flag }] },
  volumes: { '*': [external, object] },
  configs: { '*': [external, object] },
  secrets: { '*': [external, object] },
}

/** A compose file with every short form written out and every value parsed: bytes, nanoseconds, true and false. */
export function toLongForm(root: Node): { tree: Node; diagnostics: Diagnostic[] } {
  const report = createReport()
  const tree = applyForms(root, file, report)
  return { tree, diagnostics: report.diagnostics }
}
