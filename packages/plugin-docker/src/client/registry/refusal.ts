import { DockerError } from '../error.ts'
import type { RegistryAnswer } from './wire.ts'

/** Nobody gets in without a login, or with this one. */
export const refusedLogin = (registry: string, hasLogin: boolean): DockerError =>
  withLoginAdvice(registry, `${registry} ${hasLogin ? 'refuses the login of the Docker config' : 'wants a login'}`, 401)

/** What a registry says of a repository in place of an answer. */
export function refusedRequest(
  registry: string,
  repository: string,
  { status, body }: RegistryAnswer,
  hasLogin: boolean,
): DockerError {
  if (status === 401 || status === 403) {
    const said = `is refused ${hasLogin ? 'with the login of the Docker config' : 'without a login'}, or not there`
    return withLoginAdvice(registry, `${registry}: ${repository} ${said}`, status)
  }
  if (status === 404) return new DockerError('no_such_image', `${registry} has no ${repository}`, { status })
  const said = body
    .toString('latin1', 0, 200)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
  const text = `${registry}: HTTP ${status} for ${repository}${said && `: ${said}`}`
  return new DockerError('registry_error', text, { status })
}

/** A registry that wants to be left alone for a while. */
export function refusedPace(registry: string, { headers, status }: RegistryAnswer): DockerError {
  const after = headers['retry-after'] ?? ''
  const seconds = /^\d+$/.test(after) ? Number(after) : Math.ceil((Date.parse(after) - Date.now()) / 1000)
  const when = seconds > 0 ? `in ${seconds} s` : 'later'
  const error = new DockerError('rate_limited', `${registry} answers no more questions for now`, { status })
  return Object.assign(error, { advice: `Ask again ${when}; with a login (docker login) it may answer more of them.` })
}

const withLoginAdvice = (registry: string, message: string, status: number): DockerError => {
  const advice = `docker login${registry === 'docker.io' ? '' : ` ${registry}`}`
  return Object.assign(new DockerError('unauthorized', message, { status }), { advice })
}
