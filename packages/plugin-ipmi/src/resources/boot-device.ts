import { defineResource } from '@lares/core'
import * as z from 'zod'
import { type Bmc, BmcError } from '../client/index.ts'
import { ipmiProvider } from '../provider.ts'

const device = z.enum(['pxe', 'disk', 'safe', 'diag', 'cdrom', 'bios', 'floppy'])

const inputs = z.object({
  device: device.describe('What the machine boots from each time'),
  efi: z.boolean().default(false).describe('By UEFI, and not as a PC of old'),
})
const attributes = z.object({ device: device.optional(), efi: z.boolean() })
type Attributes = z.output<typeof attributes>

interface Context {
  connection: Bmc
  signal: AbortSignal
}

/** What is good for the next boot only clears itself, and is nothing that could be kept. */
async function read({ connection, signal }: Context): Promise<Attributes | null> {
  const setting = await connection.bootDevice({ signal })
  if (!setting?.persistent || setting.device === 'none') return null
  return { efi: setting.efi, ...(setting.device === undefined ? {} : { device: setting.device }) }
}

async function apply(context: Context & { inputs: z.output<typeof inputs> }): Promise<Attributes> {
  const { connection, signal, inputs: wanted } = context
  await connection.setBootDevice({ ...wanted, persistent: true }, { signal })
  const found = await read(context)
  if (found?.device !== wanted.device || found.efi !== wanted.efi)
    throw new BmcError('unsupported', `${connection.description}: it does not keep what is booted each time`, {
      advice: 'Set the order in the firmware of the machine; for the next boot only: lares run BMC boot-once.',
    })
  return found
}

/** For one boot only, there is the action `boot-once` of `ipmi.bmc`. */
export const bootDevice = defineResource({
  type: 'ipmi.bootDevice',
  description: 'What a machine boots from each time.',
  proof: 'recorded',
  ownership: 'asserted',
  provider: ipmiProvider,
  inputs,
  attributes,
  identity: () => 'boot device',
  predict: (wanted) => wanted,
  timeouts: { read: '5m', create: '5m', update: '5m', delete: '5m' },
  read,
  create: apply,
  update: apply,
  delete: ({ connection, signal }) =>
    connection.setBootDevice({ device: 'none', persistent: true, efi: false }, { signal }),
})
