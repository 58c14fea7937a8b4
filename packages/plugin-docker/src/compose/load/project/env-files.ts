import { formatPath, problem } from '@lares/core'
import { reportDotenv } from '../assemble/environment.ts'
import type { Reading } from '../assemble/reading.ts'
import { parseDotenv, parseRawEnv } from '../variables/dotenv.ts'
import { type Project, placeOf } from './project.ts'
import type { Service } from './service.ts'

/** A service with the variables of its `env_file` and the labels of its `label_file`; its own come first. */
export async function withFileValues(
  name: string,
  service: Service,
  places: Pick<Project, 'places'>,
  environment: ReadonlyMap<string, string>,
  reading: Reading,
): Promise<Service> {
  const found = new Map<string, string>()
  const inherit = (variable: string) => found.get(variable) ?? environment.get(variable)
  for (const [index, { path, required = true, format }] of (service.env_file ?? []).entries()) {
    const where = ['services', name, 'env_file', index]
    const at = placeOf(places, where)
    if (format !== undefined && format !== 'raw' && format !== '') {
      const summary = `${formatPath(where)}: There is no format "${format}" of environment files`
      reading.diagnostics.push(
        problem({
          code: 'invalid_attribute',
          summary,
          ...(at && { source: at }),
          advice: 'Write "raw", or leave it out.',
        }),
      )
      continue
    }
    const text = await reading.text(path, { optional: !required, ...(at && { at }) })
    if (text === undefined) continue
    const dotenv = format === 'raw' ? parseRawEnv(text, inherit) : parseDotenv(text, inherit)
    reportDotenv(dotenv, path, reading)
    for (const [key, value] of dotenv.variables) found.set(key, value)
  }
  const labels = new Map<string, string>()
  for (const [index, path] of (service.label_file ?? []).entries()) {
    const at = placeOf(places, ['services', name, 'label_file', index])
    const text = await reading.text(path, at ? { at } : {})
    if (text === undefined) continue
    const dotenv = parseDotenv(text, (variable) => environment.get(variable))
    reportDotenv(dotenv, path, reading)
    for (const [key, value] of dotenv.variables) labels.set(key, value)
  }
  return {
    ...service,
    ...(found.size > 0 && { environment: { ...Object.fromEntries(found), ...service.environment } }),
    ...(labels.size > 0 && { labels: { ...Object.fromEntries(labels), ...service.labels } }),
  }
}
