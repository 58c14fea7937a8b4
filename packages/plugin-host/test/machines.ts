import { readFileSync } from 'node:fs'
import { onHost, type RigHost, rigHost } from '../../../e2e/rig/rig.ts'
import host from '../src/index.ts'

/** A host of the rig as a resource, over SSH. */
export function machine(name: string, user?: string) {
  const found = rigHost(name)
  return host.machine(`machine-${name}`, {
    address: found.address,
    port: found.port,
    user: user ?? 'root',
    identityFiles: [found.identityFile],
    hostKey: hostKeyOf(found),
    ...(user === undefined ? {} : { sudo: true }),
  })
}

function hostKeyOf({ address, knownHosts }: RigHost): string {
  const line = readFileSync(knownHosts, 'utf8')
    .split('\n')
    .find((each) => each.split(' ')[0]!.split(',').includes(address))
  return line!.split(' ').slice(1).join(' ')
}

/** Runs a script on the host behind Lares' back. */
export async function shell(name: string, script: string): Promise<string> {
  const { stdout } = await onHost(rigHost(name), 'sh', '-c', script)
  return String(stdout)
}
