import { readFileSync } from 'node:fs'
import type { Command, ExecResult, Host } from '@lares/transport'

const recorded = (name: string) => readFileSync(new URL(`../parse/recorded/${name}`, import.meta.url), 'utf8')

/** What a board keeps. */
export interface BoardState {
  power: 'on' | 'off'
  policy: string
  /** Bytes of boot parameter 5. */
  boot: [number, number]
  sol: { enabled: string; privilege: string; rate: string }
  /** By slot. */
  passwords: Record<number, string>
  suites: number[]
}

/** Table 28-14 of IPMI 2.0. */
const selectors: Record<string, number> = { none: 0, pxe: 1, disk: 2, safe: 3, diag: 4, cdrom: 5, bios: 6, floppy: 15 }
const hex = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * A stand-in for what ipmi_sim cannot do: restore policy, boot flags that are kept, serial over LAN, passwords that are
 * tested, cipher suite 17. It is a host whose only program is ipmitool, and answers in the words of recorded output.
 */
export function standInBoard() {
  const fresh = (): BoardState => ({
    ...{ power: 'off', policy: 'always-off', boot: [0, 0], passwords: {}, suites: [3, 17] },
    sol: { enabled: 'true', privilege: 'OPERATOR', rate: '115.2' },
  })
  const state = fresh()
  /** What was asked, without how to log in. */
  const asked: string[] = []

  const answers: readonly [RegExp, (...found: string[]) => string | Error][] = [
    [/^(-v )?mc info$/, () => recorded('dell-r540-mc-info.txt')],
    [/^raw 0x06 0x37$/, () => recorded('sim-guid.txt')],
    [/^channel info$/, () => recorded('sim-channel-info.txt')],
    [
      /^chassis status$/,
      () =>
        recorded('intel-chassis-status.txt')
          .replace(/(System Power +: ).*/, `$1${state.power}`)
          .replace(/(Power Restore Policy : ).*/, `$1${state.policy}`),
    ],
    [
      /^chassis policy (\S+)$/,
      (policy) => {
        state.policy = policy!
        return `Set chassis power restore policy to ${policy}\n`
      },
    ],
    [
      /^chassis bootparam get 5$/,
      () =>
        recorded('dell-r730-bootparam-5.txt').replace(
          /(Boot parameter data: ).*/,
          `$1${hex([...state.boot, 0, 0, 0])}`,
        ),
    ],
    [
      /^chassis bootdev (\S+)(?: options=(\S+))?$/,
      (device, options = '') => {
        const bits = (options.includes('persistent') ? 0x40 : 0) | (options.includes('efiboot') ? 0x20 : 0)
        state.boot = [0x80 | bits, selectors[device!]! << 2]
        return `Set Boot Device to ${device}\n`
      },
    ],
    [
      /^sol info 1$/,
      () =>
        recorded('power9-sol-info.txt')
          .replace(/(Enabled +: ).*/, `$1${state.sol.enabled}`)
          .replace(/(Privilege Level +: ).*/, `$1${state.sol.privilege}`)
          .replace(/(Volatile Bit Rate \(kbps\) +: ).*/, `$1${state.sol.rate}`),
    ],
    [
      /^sol set (\S+) (\S+) 1$/,
      (name, value) => {
        if (name === 'enabled') state.sol.enabled = value!
        if (name === 'privilege-level') state.sol.privilege = value === 'admin' ? 'ADMINISTRATOR' : value!.toUpperCase()
        if (name === 'volatile-bit-rate') state.sol.rate = value!
        return ''
      },
    ],
    [
      /^raw 0x06 0x47 0x(\w\w) 0x0([23]) (.*)$/,
      (slot, operation, bytes) => {
        const place = Number.parseInt(slot!, 16) & 0x7f
        if (operation === '2') state.passwords[place] = bytes!
        if (state.passwords[place] === bytes) return '\n'
        // As recorded from 1.8.18 and iLO, with the code that 22.30 of IPMI 2.0 has for it.
        return new Error('Unable to send RAW command (channel=0x0 netfn=0x6 lun=0x0 cmd=0x47 rsp=0x80): Unknown (0x80)')
      },
    ],
  ]

  function ipmitool(args: readonly string[], input: string): ExecResult {
    const suite = Number(args[args.indexOf('-C') + 1])
    if (!state.suites.includes(suite))
      return failed(
        'Error in open session response message : invalid authentication algorithm\n\nError: Unable to establish IPMI v2 / RMCP+ session',
      )
    const own = args.slice(args.indexOf('-R') + 2)
    const question = own[0] === 'exec' ? input.trim() : own.join(' ')
    asked.push(question)
    for (const [pattern, answer] of answers) {
      const found = pattern.exec(question)
      if (!found) continue
      const said = answer(...found.slice(1).filter((each) => each !== undefined && !each.startsWith('-v')))
      return said instanceof Error ? failed(said.message) : result(0, said, '')
    }
    return failed(`Invalid command: ${question}`)
  }

  const host: Pick<Host, 'description' | 'local' | 'exec'> = {
    description: 'stand-in',
    local: true,
    exec: async (command: Command, options) =>
      ipmitool(command.slice(command.indexOf('ipmitool') + 1), String(options?.input ?? '')),
  }
  return { host: host as Host, state, asked, reset: () => Object.assign(state, fresh()) }
}

const result = (exitCode: number, stdout: string, stderr: string): ExecResult => ({
  ...{ exitCode, stdout, stderr },
  bytes: Buffer.from(stdout),
})
const failed = (said: string): ExecResult => result(1, '', `${said}\n`)
