import type { Health, HealthState } from '@lares/core'

interface Unit {
  /** In the init system's own words: `active (running)`, `crashed`. */
  state: string
  running: boolean
  masked: boolean
}

/** How a unit is doing. `wanted`: whether it is to run; null where that is left to the host, and missing where nothing was applied. */
export function unitHealth(unit: Unit, wanted: boolean | null | undefined): Health {
  return { state: stateOf(unit, wanted ?? undefined), summary: unit.masked ? `${unit.state}, masked` : unit.state }
}

function stateOf({ state, running, masked }: Unit, wanted: boolean | undefined): HealthState {
  if (/^(failed|crashed)/.test(state)) return 'down'
  // It ended by itself and is to be started again, which may go on for ever.
  if (state === 'activating (auto-restart)') return 'degraded'
  if (/^(activating|starting)/.test(state)) return 'starting'
  return running || masked || wanted !== true ? 'healthy' : 'down'
}
