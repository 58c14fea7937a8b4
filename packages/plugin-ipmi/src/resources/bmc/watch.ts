import type { Alert, DiagnosticInput, Health } from '@lares/core'
import { alarming, type Bmc, type Sensor } from '../../client/index.ts'

/** `95 degrees C`, and the words that it has besides. */
export const readingOf = ({ value, unit, says, raw }: Sensor): string =>
  value === undefined ? says.join(', ') || raw : [[value, unit].filter(Boolean).join(' '), ...says].join(', ')

const severityOf = ({ state }: Sensor): Alert['severity'] => (state === 'warning' ? 'warning' : 'critical')

/** Sensors that somebody should know of, the worst first. */
const worrying = async (bmc: Bmc, ignored: readonly string[], signal: AbortSignal): Promise<Sensor[]> =>
  alarming(await bmc.sensors({ signal })).filter(({ name }) => !ignored.includes(name))

/** Warns of each sensor that is critical, with the plan and in `lares doctor`. */
export async function warnOfSensors(
  bmc: Bmc,
  ignored: readonly string[],
  warn: (diagnostic: DiagnosticInput) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const sensor of await worrying(bmc, ignored, signal))
    if (severityOf(sensor) === 'critical')
      warn({
        code: 'sensor_critical',
        summary: `${sensor.name} is ${sensor.state}: ${readingOf(sensor)}`,
        advice: 'Look at the machine; what is meant to be so goes into "ignoreSensors".',
      })
}

/** The chassis and the sensors. */
export async function bmcHealth(bmc: Bmc, ignored: readonly string[], signal: AbortSignal): Promise<Health> {
  const { power, faults } = await bmc.chassis({ signal })
  const sensors = await worrying(bmc, ignored, signal)
  const alerts: Alert[] = [
    ...faults.map((fault): Alert => ({ name: 'chassis', severity: 'critical', source: fault, summary: fault })),
    ...sensors.map(
      (sensor): Alert => ({
        ...{ name: 'sensor', severity: severityOf(sensor), source: sensor.name },
        summary: `${sensor.state}: ${readingOf(sensor)}`,
      }),
    ),
  ]
  const isBad = alerts.some(({ severity }) => severity === 'critical')
  return { state: isBad ? 'degraded' : 'healthy', summary: `answers, machine is ${power}`, alerts }
}
