import { hasErrors } from '@lares/core'
import { loadProject } from '../../../src/compose/load/load-project.ts'
import { attributes as reading } from '../../compose/cases/attributes.ts'
import { type CreateCase, IMAGE, onSharedNetwork } from './case.ts'

type More = Omit<CreateCase, 'name' | 'files'>

/** They have cases of their own, with the paths, names and neighbours that they need. */
const ELSEWHERE = new Set(['container_name', 'network_mode', 'volumes', 'pid', 'pull_policy', 'develop', 'platform'])
/** Values whose fate depends on the machine. */
const DEPENDING = new Set(['cpuset: 0-3'])

/** What is to be said of the file of an attribute. */
const more: Readonly<Record<string, More>> = {
  annotations: { warns: ['services.w0.annotations', 'services.w1.annotations'] },
  cpu_count: { means: ['windows'], warns: ['services.w0.cpu_count', 'services.w1.cpu_count'] },
  cpu_percent: { warns: ['services.w0.cpu_percent'] },
  credential_spec: { warns: ['services.w0.credential_spec', 'services.w1.credential_spec'] },
  expose: { means: ['exposed'] },
  gpus: { means: ['gpus'] },
  isolation: { means: ['isolation'] },
  mem_swappiness: { means: ['swappiness'] },
  security_opt: { means: ['securityOptions'] },
  stop_grace_period: { means: ['grace'] },
  deploy: {
    means: ['gpus'],
    warns: [
      'services.w0.deploy.endpoint_mode',
      'services.w0.deploy.labels',
      'services.w1.deploy.resources.reservations.cpus',
      'services.w3.deploy.resources.reservations.generic_resources',
      'services.w4.deploy.restart_policy.delay',
      'services.w4.deploy.restart_policy.window',
      'services.w5.deploy.update_config',
      'services.w5.deploy.rollback_config',
      'services.w6.deploy.placement',
    ],
  },
}

/** Values that need a file of their own. */
const alone: Readonly<Record<string, More>> = {
  'cap_add: [A, A]': { refused: /unknown capability/ },
  'healthcheck: { test: curl -f http://localhost, interval: 1m30s, timeout: 10s, retries: 3, start_period: 40s, start_interval: 5s }':
    { onlyLares: 'startInterval', warns: ['services.w0.healthcheck.start_interval'] },
  'logging: { driver: syslog, options: { syslog-address: "tcp://10.0.0.1:123", max: 10 } }': {
    refused: /unknown log opt/,
  },
  'mem_limit: "100 kb"': { refused: /Minimum memory limit/ },
  'memswap_limit: 2G': { refused: /Memory limit/ },
  'runtime: io.containerd.kata.v2': { refused: /runtime/i },
  'storage_opt: { size: 1G, other: 5 }': { refused: /storage-opt/ },
}

/** Values that are not among those for reading. */
const also: Readonly<Record<string, readonly string[]>> = {
  deploy: ['{ mode: global }'],
  labels: ['{ com.docker.compose.project: mine, a: "" }'],
}

const file = (attribute: string, values: readonly string[]): string =>
  `${onSharedNetwork}services:\n${values.map((value, index) => `  w${index}: { image: "${IMAGE}", ${attribute}: ${value} }\n`).join('')}`

/** The values of the cases for reading that are valid by themselves, by attribute. */
async function validValues(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const { name } of reading) {
    const [, attribute = '', value = ''] = /^([a-z_]+): (.+)$/s.exec(name) ?? []
    if (attribute === '' || ELSEWHERE.has(attribute) || DEPENDING.has(name)) continue
    const loaded = await loadProject({ files: [{ name: 'value', content: file(attribute, [value]) }], environment: {} })
    if (!hasErrors(loaded.diagnostics)) found.set(attribute, [...(found.get(attribute) ?? []), value])
  }
  return found
}

const caseOf = (name: string, attribute: string, values: readonly string[], said: More = {}): CreateCase => ({
  name,
  files: { 'compose.yaml': file(attribute, values) },
  ...said,
})

/** Each attribute of a service by itself: a service for each of its values. */
export const attributes: CreateCase[] = [...(await validValues())].flatMap(([attribute, values]) => {
  const isAlone = (value: string) => `${attribute}: ${value}` in alone
  const together = values.filter((value) => !isAlone(value))
  return [
    ...(together.length > 0 ? [caseOf(attribute, attribute, together, more[attribute])] : []),
    ...values
      .filter(isAlone)
      .map((value) => caseOf(`${attribute}: ${value}`, attribute, [value], alone[`${attribute}: ${value}`])),
  ]
})

/** Devices, by path and by the name of a CDI specification. */
export const devices: CreateCase[] = [
  caseOf('devices without permissions', 'devices', ['[{ source: /dev/null, target: /dev/x }]'], {
    means: ['permissions'],
  }),
  caseOf('devices with a CDI name', 'devices', ['["vendor.com/class=one", /dev/null]'], {
    means: ['cdi', 'permissions'],
  }),
  ...Object.entries(also).map(([attribute, values]) =>
    caseOf(
      `${attribute}, more values`,
      attribute,
      values,
      attribute === 'deploy' ? { warns: ['services.w0.deploy.mode'] } : {},
    ),
  ),
]
