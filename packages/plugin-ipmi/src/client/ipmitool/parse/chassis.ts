import { type BootDevice, type BootSetting, bootDevices, type ChassisStatus, type RestorePolicy } from '../../driver.ts'
import { given } from '../../given.ts'
import { fieldsOf, firstFields } from './fields.ts'

const policies: readonly RestorePolicy[] = ['always-on', 'always-off', 'previous']
const faulty = new Set([
  'Power Overload',
  'Main Power Fault',
  'Power Control Fault',
  'Drive Fault',
  'Cooling/Fan Fault',
])
const faultyWhenActive = new Set(['Power Interlock', 'Chassis Intrusion'])

/** `chassis status`. Undefined where that is not what it is. */
export function parseChassis(text: string): ChassisStatus | undefined {
  const fields = firstFields(text)
  const power = fields.get('System Power')
  if (power !== 'on' && power !== 'off') return undefined
  const policy = fields.get('Power Restore Policy')
  return given({
    power,
    restorePolicy: policies.find((each) => each === policy),
    faults: fieldsOf(text).flatMap(([name, value]) =>
      (faulty.has(name) && value === 'true') || (faultyWhenActive.has(name) && value === 'active') ? [name] : [],
    ),
  })
}

/** Bits 5 to 2 of the second byte, table 28-14 of IPMI 2.0. */
const selectors: Readonly<Record<number, BootDevice>> = {
  0: 'none',
  1: 'pxe',
  2: 'disk',
  3: 'safe',
  4: 'diag',
  5: 'cdrom',
  6: 'bios',
  15: 'floppy',
}
const selectorWords: readonly (readonly [RegExp, BootDevice])[] = [
  [/^No override/, 'none'],
  [/^Force PXE/, 'pxe'],
  [/Hard-Drive.*Safe-Mode/, 'safe'],
  [/Hard-Drive/, 'disk'],
  [/Diagnostic Partition/, 'diag'],
  [/CD\/DVD/, 'cdrom'],
  [/BIOS Setup/, 'bios'],
  [/Floppy/, 'floppy'],
]

/** `null`: nothing is set, or it is no longer good. Undefined where that is not what it is. */
export function parseBootFlags(text: string): BootSetting | null | undefined {
  const bytes = /^Boot parameter data: ([0-9a-f]{4,})\s*$/im.exec(text)?.[1]
  if (bytes !== undefined) {
    const [first, second] = [Number.parseInt(bytes.slice(0, 2), 16), Number.parseInt(bytes.slice(2, 4), 16)]
    if ((first & 0x80) === 0) return null
    const device = selectors[(second >> 2) & 0xf]
    return { ...given({ device }), persistent: (first & 0x40) !== 0, efi: (first & 0x20) !== 0 }
  }
  if (/Boot Flag Invalid/.test(text)) return null
  const selector = /Boot Device Selector : (.*)$/m.exec(text)?.[1]
  if (selector === undefined || !/Boot Flag Valid/.test(text)) return undefined
  const device = selectorWords.find(([pattern]) => pattern.test(selector))?.[1]
  return { ...given({ device }), persistent: /all future boots/.test(text), efi: /BIOS EFI boot/.test(text) }
}

export const isBootDevice = (name: string): name is BootDevice => (bootDevices as readonly string[]).includes(name)
