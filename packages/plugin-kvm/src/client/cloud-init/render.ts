import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { type SeedFile, seedImage } from '../seed/seed-image.ts'
import { networkConfig } from './network-config.ts'
import type { CloudInitInput } from './schema.ts'
import { cloudConfig } from './user-data.ts'

export interface CloudInitContext {
  /** What makes an instance of it: cloud-init runs everything again when it is another. */
  instanceId: string
  /** The host name unless the input has one. */
  hostname: string
  /** MAC addresses of the guest's interfaces, in order. */
  macs?: readonly string[]
  /** What the file holds that `userDataFile` names. */
  userDataFile?: string
}

/** The texts that cloud-init's data source NoCloud reads. They may hold secrets. */
export interface CloudInit {
  userData: string
  metaData: string
  networkConfig?: string
}

/**
 * What a guest is told at its first boot, from what its owner wrote. Equal inputs give equal texts.
 * @throws RangeError when the network has more interfaces than there are MAC addresses.
 */
export function renderCloudInit(input: CloudInitInput, context: CloudInitContext): CloudInit {
  const hostname = input.hostname ?? context.hostname
  const userData = input.userData ?? context.userDataFile ?? `#cloud-config\n${yaml(cloudConfig(input, hostname))}`
  const network =
    input.networkConfig ?? (input.network ? yaml(networkConfig(input.network, context.macs ?? [])) : undefined)
  return {
    userData,
    metaData: yaml({ ...input.metaData, 'instance-id': context.instanceId, 'local-hostname': hostname }),
    ...(network === undefined ? {} : { networkConfig: network }),
  }
}

/** cloud-init reads YAML 1.1, for which `yes`, `0644` and `12:30` want quotes as text. */
const yaml = (value: unknown): string =>
  stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })

/** The image that is attached to the guest. */
export function cloudInitImage({ userData, metaData, networkConfig }: CloudInit): Uint8Array {
  const files: SeedFile[] = [
    { name: 'meta-data', data: metaData },
    { name: 'user-data', data: userData },
    ...(networkConfig === undefined ? [] : [{ name: 'network-config', data: networkConfig }]),
  ]
  return seedImage(files)
}

/**
 * What tells one seed from another, its instance id aside: 32 hexadecimal digits, which may be recorded. It takes some
 * 50 ms of work, so that nobody finds out a password in the seed by trying many.
 */
export async function cloudInitDigest({ userData, metaData, networkConfig = '' }: CloudInit): Promise<string> {
  const lasting = metaData.replace(/^instance-id: .*\n/m, '')
  const content = [userData, lasting, networkConfig].join('\0')
  return ((await promisify(scrypt)(content, 'lares cloud-init', 16)) as Buffer).toString('hex')
}

/**
 * The instance id of a guest: its own for as long as it lives, or with every other seed another one. `guest` is what
 * stays the same, such as its UUID; `digest` is that of the seed.
 */
export const instanceIdOf = (guest: string, { onChange }: Pick<CloudInitInput, 'onChange'>, digest: string): string =>
  onChange === 'new-instance-id' ? `${guest}-${digest.slice(0, 12)}` : guest
