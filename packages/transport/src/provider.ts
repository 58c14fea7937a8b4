import { defineProvider } from '@lares/core'
import * as z from 'zod'
import { connectHost } from './connect-host.ts'
import type { HostEndpoint } from './endpoint.ts'
import { greet } from './greeting.ts'
import type { Host } from './host.ts'
import { readMachineId } from './machine-id.ts'

/** Where a host is, how to log in, and whether what is done there is done by sudo, with this password if it asks. */
export interface HostAccess extends HostEndpoint {
  readonly sudo?: boolean | { readonly password?: string | undefined } | undefined
}

const text = z.string().optional()
const texts = z.array(z.string()).optional()

/** As in HostAccess. */
export const hostEndpoint: z.ZodType<HostAccess> = z.object({
  address: z.string().exactOptional(),
  port: z.int().min(1).max(65_535).optional(),
  user: text,
  identityFiles: texts,
  proxyJump: texts,
  hostKey: text,
  connectTimeout: z.int().positive().optional(),
  sudo: z.union([z.boolean(), z.object({ password: text })]).optional(),
})

/**
 * The connection `host`: this machine when nothing else is said, any other over SSH. A host that another host gives,
 * as a guest is given by its hypervisor, is reached through that one.
 */
export const hostProvider = defineProvider({
  name: 'host',
  endpoint: hostEndpoint,
  fallback: (): HostAccess => ({}),
  concurrency: 4,
  // What is read at the same time travels together.
  readConcurrency: 64,
  connect: async ({ endpoint, signal, via }): Promise<Host> => {
    const { sudo = false, ...login } = endpoint
    const through = login.address === undefined ? undefined : hostOf(await via())
    const host = await connectHost(login, { signal, via: through })
    if (sudo === false) return host
    const { password } = sudo === true ? {} : sudo
    return host.sudo(password === undefined ? {} : { password: () => password })
  },
  scope: async (host, signal) => {
    greet(host, signal)
    return await readMachineId(host, signal)
  },
  close: (host) => host.close(),
})

/** The host that a connection is, or runs over: a hypervisor's leads to the machine it is on. */
function hostOf(connection: unknown): Host | undefined {
  if (isHost(connection)) return connection
  const { host } = (connection ?? {}) as { host?: unknown }
  return isHost(host) ? host : undefined
}

function isHost(value: unknown): value is Host {
  return typeof value === 'object' && value !== null && 'exec' in value && 'connect' in value && 'forwardPort' in value
}
