import { parseSize } from '@lares/core'
import { parseDuration } from '../notation/duration.ts'
import { type PortBinding, parsePort } from '../notation/port.ts'
import type { CreateBody, EndpointSettings, HostConfig } from '../wire.ts'
import { defined } from './defined.ts'
import { devicesToEngine, gpusToEngine } from './devices.ts'
import { tooNewMessage, tooNewOptions } from './engine-version.ts'
import { configFields, hostFields, imageFields } from './fields.ts'
import { healthcheckToEngine } from './healthcheck.ts'
import { mountsToEngine, tmpfsToEngine } from './mounts.ts'
import { type NetworkPlan, networksToEngine } from './networks.ts'
import { resourcesToEngine } from './resources.ts'
import { restartToEngine } from './restart.ts'
import { securityOptionsToEngine } from './security.ts'
import type { ContainerSpec } from './spec.ts'

/** A create request, and the networks to connect after it where the engine takes only one in the request. */
export type CreateRequest = { body: CreateBody; connect: [network: string, endpoint: EndpointSettings][] }

/**
 * The engine's create request for a container.
 * @param apiVersion such as `1.41`
 * @throws RangeError when this API version cannot express an option.
 */
export function createRequest(spec: ContainerSpec, apiVersion: string): CreateRequest {
  const [unknown] = tooNewOptions(spec, apiVersion)
  if (unknown) throw new RangeError(tooNewMessage(unknown, apiVersion))
  const networks = networksToEngine(spec, apiVersion)
  const ports = spec.ports?.flatMap(parsePort) ?? []
  const exposed = [...ports, ...(spec.expose?.flatMap(parsePort) ?? [])].map(portKey)
  const body: CreateBody = {
    Image: spec.image,
    AttachStdout: true,
    AttachStderr: true,
    ...pick([...imageFields, ...configFields], spec),
    ...defined({
      Hostname: spec.hostname,
      Cmd: spec.command,
      Entrypoint: spec.entrypoint,
      Env: spec.env && envToEngine(spec.env),
      Labels: spec.labels,
      StopTimeout: spec.stopGracePeriod === undefined ? undefined : parseDuration(spec.stopGracePeriod) / 1e9,
      Healthcheck: spec.healthcheck && healthcheckToEngine(spec.healthcheck),
      MacAddress: networks.macAddress,
    }),
    ...(exposed.length > 0 && { ExposedPorts: Object.fromEntries(exposed.map((key) => [key, {}])) }),
    HostConfig: hostConfig(spec, ports, networks),
    NetworkingConfig: { EndpointsConfig: networks.endpoints },
  }
  return { body, connect: networks.later }
}

function hostConfig(spec: ContainerSpec, ports: readonly PortBinding[], networks: NetworkPlan): HostConfig {
  return {
    ...pick(hostFields, spec),
    ...mountsToEngine(spec.mounts ?? []),
    ...resourcesToEngine(spec.resources ?? {}),
    ...(ports.length > 0 && { PortBindings: portBindings(ports) }),
    ...defined({
      NetworkMode: networks.mode,
      Links: networks.links,
      Tmpfs: spec.tmpfs && tmpfsToEngine(spec.tmpfs),
      RestartPolicy: spec.restart === undefined ? undefined : restartToEngine(spec.restart),
      LogConfig: spec.logging && defined({ Type: spec.logging.driver, Config: spec.logging.options }),
      CapAdd: spec.capAdd,
      CapDrop: spec.capDrop,
      ...securityOptionsToEngine(spec.securityOptions),
      Devices: spec.devices && devicesToEngine(spec.devices),
      DeviceRequests: spec.gpus && gpusToEngine(spec.gpus),
      ShmSize: spec.shmSize === undefined ? undefined : parseSize(spec.shmSize),
      Ulimits:
        spec.ulimits &&
        Object.entries(spec.ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    }),
  }
}

const pick = (fields: readonly (readonly [keyof ContainerSpec, string, unknown])[], spec: ContainerSpec) =>
  Object.fromEntries(
    fields.filter(([option]) => spec[option] !== undefined).map(([option, key]) => [key, spec[option]]),
  )

const envToEngine = (env: NonNullable<ContainerSpec['env']>): string[] =>
  Object.entries(env).map(([name, value]) => (value === null ? name : `${name}=${value}`))

const portKey = ({ target, protocol }: PortBinding) => `${target}/${protocol}`

function portBindings(ports: readonly PortBinding[]): NonNullable<HostConfig['PortBindings']> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {}
  for (const port of ports) {
    bindings[portKey(port)] ??= []
    bindings[portKey(port)]!.push({ HostIp: port.hostIp ?? '', HostPort: port.published ?? '' })
  }
  return bindings
}
