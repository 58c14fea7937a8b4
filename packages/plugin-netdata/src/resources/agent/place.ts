import { type AgentPlace, netdataConf, parseVersion, webAddress } from '../../client/index.ts'
import { inputs, optionsOf } from './inputs.ts'
import type { Attributes } from './state.ts'

/** Where the agent is, and what its inputs will make of it: what is on it is planned by both. */
export function placeOf(wanted: unknown, found: Attributes): AgentPlace {
  const { container, config, lib, address, port, cloned } = found
  const planned = portOf(wanted, found) ?? port
  const next = { ...(planned === port ? {} : { port: planned }), ...(cloned ? { renewed: true } : {}) }
  return { container, config, lib, address, port, ...(Object.keys(next).length > 0 ? { next } : {}) }
}

/** Undefined while not all is known. */
function portOf(wanted: unknown, { version }: Attributes): number | undefined {
  const checked = inputs.safeParse(wanted)
  const parsed = parseVersion(version ?? '')
  return checked.success && parsed ? webAddress(netdataConf(optionsOf(checked.data), parsed)).port : undefined
}
