import { type PrepareContext, parseSize } from '@lares/core'
import { all, type Libvirt, parseXml } from '../../client/index.ts'
import { reserve } from './capacity.ts'
import { checkClashes } from './clashes.ts'
import type { DomainInputs } from './schema.ts'
import { seedDigest } from './seed.ts'
import { nameOf } from './wanted.ts'

/** What `prepare` finds. */
export interface Prepared {
  /** Digest of what cloud-init would be given. */
  seed?: string
  /** Passwords of graphics are others than those that are wanted. */
  otherPasswords?: boolean
}

/**
 * What a diff needs besides: what cloud-init would be given, and whether passwords of graphics are what they are to be.
 * Compared with the other guests first: what they have, and how much of the hypervisor.
 */
export async function prepareDomain(context: PrepareContext<DomainInputs, Libvirt>): Promise<Prepared> {
  const { connection, inputs, owner, signal, warn } = context
  const name = nameOf(inputs, owner)
  const share = {
    name,
    vcpus: inputs.maxVcpus ?? inputs.vcpus,
    memory: parseSize(inputs.maxMemory ?? inputs.memory),
  }
  const [clashes, excess] = await Promise.all([
    checkClashes(connection, inputs, owner, signal),
    reserve(connection, share, signal),
  ])
  for (const warning of [...clashes, ...excess]) warn(warning)
  const seed = await seedDigest(inputs, owner, signal)
  const passwords = (inputs.graphics ?? []).filter(({ password }) => password !== undefined)
  const otherPasswords = passwords.length > 0 && !(await haveAll(connection, name, passwords, signal))
  return { ...(seed === undefined ? {} : { seed }), ...(otherPasswords ? { otherPasswords } : {}) }
}

async function haveAll(
  libvirt: Libvirt,
  name: string,
  wanted: readonly { type: string; password?: string | undefined }[],
  signal: AbortSignal,
): Promise<boolean> {
  const [document] = await libvirt.read([['dumpxml', '--inactive', '--security-info', name]], signal)
  if (typeof document !== 'string') return true
  const found = all(parseXml(document), 'devices/graphics').map(({ attributes }) => attributes)
  return wanted.every(({ type, password }) => found.some((each) => each.type === type && each.passwd === password))
}
