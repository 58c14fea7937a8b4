import type { BootDevice, BootSetting } from '../driver.ts'
import { BmcError } from '../error.ts'
import { given } from '../given.ts'
import { allowed } from './service.ts'
import { type Json, part, text } from './values.ts'

/** BootSource of ComputerSystem, DSP2046. */
const targets: { readonly [device in BootDevice]?: string } = {
  none: 'None',
  pxe: 'Pxe',
  disk: 'Hdd',
  diag: 'Diags',
  cdrom: 'Cd',
  bios: 'BiosSetup',
  floppy: 'Floppy',
}

export function bootSettingOf(system: Json): BootSetting | undefined {
  const boot = part(system.Boot)
  const enabled = text(boot.BootSourceOverrideEnabled)
  const target = text(boot.BootSourceOverrideTarget)
  if ((enabled !== 'Once' && enabled !== 'Continuous') || target === undefined) return undefined
  const device = (Object.keys(targets) as BootDevice[]).find((each) => targets[each] === target)
  return {
    ...given({ device }),
    persistent: enabled === 'Continuous',
    efi: text(boot.BootSourceOverrideMode) === 'UEFI',
  }
}

/** The change that makes it so, of a machine that is like this now. */
export function bootChange(
  system: Json,
  { device, persistent, efi }: BootSetting & { readonly device: BootDevice },
  description: string,
): Json {
  const boot = part(system.Boot)
  const target = targets[device]
  const check = (name: string, value: string | undefined) => {
    const takes = allowed(boot, name)
    if (value === undefined || (takes && !takes.includes(value)))
      throw new BmcError(
        'unsupported',
        `${description}: it cannot boot from ${device}${persistent ? ' each time' : ''}`,
        {
          detail: takes ? `It takes: ${takes.join(', ')}` : '',
        },
      )
  }
  if (device === 'none') return { Boot: { BootSourceOverrideEnabled: 'Disabled', BootSourceOverrideTarget: 'None' } }
  const enabled = persistent ? 'Continuous' : 'Once'
  check('BootSourceOverrideTarget', target)
  check('BootSourceOverrideEnabled', enabled)
  const mode = efi ? 'UEFI' : 'Legacy'
  const hasMode = boot.BootSourceOverrideMode !== undefined
  if (hasMode) check('BootSourceOverrideMode', mode)
  else if (efi) throw new BmcError('unsupported', `${description}: it does not say by what firmware it boots`)
  return {
    Boot: {
      ...{ BootSourceOverrideEnabled: enabled, BootSourceOverrideTarget: target },
      ...(hasMode ? { BootSourceOverrideMode: mode } : {}),
    },
  }
}
