import { defineResource, sensitive } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { readInventory } from '../client/inventory.ts'
import { machineLifecycle } from './machine-lifecycle.ts'

export const machine = defineResource({
  type: 'host.machine',
  description: 'A machine that is there already, reached locally or over SSH.',
  proof: 'real',
  ownership: 'asserted',
  inputs: z.object({
    address: z
      .string()
      .min(1)
      // A variable that is not set must not turn it into this machine.
      .exactOptional()
      .describe('Host name, IP address or alias of ~/.ssh/config. Without it: this machine.'),
    port: z.number().int().min(1).max(65_535).optional().describe('SSH port.'),
    user: z.string().min(1).optional().describe('Who to log in as.'),
    identityFiles: z
      .array(z.string())
      .optional()
      .describe('Private keys to try, before those of ~/.ssh/config and the agent.'),
    proxyJump: z.array(z.string()).optional().describe('Hosts to go through, [user@]host[:port], outermost first.'),
    hostKey: z
      .string()
      .optional()
      .describe('The public host key to expect, in place of known_hosts: "ssh-ed25519 AAAA…".'),
    sudo: z
      .union([z.boolean(), z.strictObject({ password: sensitive(z.string()).optional() })])
      .optional()
      .describe('Become root by sudo: `true`, or `{ password: secret.env("SUDO_PASSWORD") }` where it asks for one.'),
    power: z
      .enum(['on', 'off'])
      .optional()
      .describe('Whether it has power: `state` of what switches it. `lares stop` shuts down only what can be started.'),
    connectTimeout: z.number().int().positive().optional().describe('Milliseconds for the connection to stand.'),
  }),
  attributes: z.object({
    address: z.string().optional().describe('As declared.'),
    machineId: z.string().optional(),
    hostname: z.string(),
    os: z.object({ id: z.string(), version: z.string(), name: z.string() }),
    kernel: z.string(),
    architecture: z.string(),
    cpus: z.number().int(),
    memory: z.number().describe('Bytes.'),
    disks: z.array(z.object({ name: z.string(), size: z.number().describe('Bytes.') })),
    addresses: z
      .array(z.string())
      .describe('IP addresses of its own interfaces, without those of containers and guests.'),
    packages: z.string().optional().describe('Its package system: apt, dnf, zypper, apk or pacman.'),
  }),
  // Another way to the same machine is no other machine.
  identity: (_, owner) => owner.address,
  readsInputs: true,
  provides: {
    provider: hostProvider,
    endpoint: ({ inputs: { power, ...endpoint } }) => (power === 'off' ? undefined : endpoint),
  },
  claims: ({ address, port }) => [
    { kind: 'machine', scope: 'lab', key: `${address ?? 'this machine'}${port ? `:${port}` : ''}` },
  ],
  read: async ({ self, signal, inputs }) => await describe(await self(), inputs?.address, signal),
  create: async ({ self, signal, inputs }) => await describe(await self(), inputs.address, signal),
  update: async ({ self, signal, inputs }) => await describe(await self(), inputs.address, signal),
  delete: async () => {},
  diff: () => [],
  lifecycle: machineLifecycle,
})

const describe = async (host: Host, address: string | undefined, signal: AbortSignal) => ({
  ...(address === undefined ? {} : { address }),
  ...(await readInventory(host, signal)),
})
