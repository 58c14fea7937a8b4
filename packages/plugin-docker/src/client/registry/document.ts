import { DockerError } from '../error.ts'
import type { RegistryAnswer } from './wire.ts'

/** The JSON object that a registry answered with. */
export function docOf({ body, url }: RegistryAnswer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {}
  throw new DockerError('registry_error', `${url.host} answered with something that is no JSON object`)
}
