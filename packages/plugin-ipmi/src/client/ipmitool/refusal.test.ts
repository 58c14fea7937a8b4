import { describe, expect, test } from 'vitest'
import { hasNoSession, refusalIn, saidIn } from './refusal.ts'

const NO_SESSION = 'Error: Unable to establish IPMI v2 / RMCP+ session'
const codeOf = (text: string) => refusalIn(saidIn(text), 'BMC 10.0.0.5', 'power on')?.code

describe('what ipmitool says, recorded from 1.8.19 and its source', () => {
  test.each([
    ['Get Auth Capabilities error\nError issuing Get Channel Authentication Capabilities request\n', 'unreachable'],
    ['Address lookup for nohost.invalid failed\nCould not open socket!\n', 'unreachable'],
    ['> RAKP 2 HMAC is invalid\n', 'auth_failed'],
    ['RAKP 2 message indicates an error : unauthorized name\n', 'auth_failed'],
    ['RAKP 2 message indicates an error : unauthorized role or privilege level requested\n', 'forbidden'],
    ['Error in open session response message : invalid authentication algorithm\n\n', 'no_cipher'],
    ["ipmitool: lanplus.c:1839: ipmi_lanplus_build_v2x_msg: Assertion `0' failed.\n", 'no_cipher'],
    ['Error in open session response message : insufficient resources for session\n\n', 'too_many_sessions'],
    ['> Error: no response from RAKP 1 message\n', 'incomplete'],
    // As openbmc/openbmc#1812 has it.
    [
      '> Error: no response from RAKP 1 message\nSet Session Privilege Level to ADMINISTRATOR failed: Insufficient privilege level\n',
      'incomplete',
    ],
    ['Error: Received an Unexpected Open Session Response\n', 'incomplete'],
    ['', 'incomplete'],
  ])('%j with no session is %s', (text, code) => {
    expect(codeOf(text + NO_SESSION)).toBe(code)
  })

  test.each([
    ['Power Restore Policy command failed: Invalid command', 'unsupported'],
    ["Error requesting SOL parameter 'Set In Progress (0)': Invalid command", 'unsupported'],
    ['Set User Name command failed (user 5, name xx): Insufficient privilege level', 'forbidden'],
    ['Set User Password command failed (user 1): Invalid data field in request', 'refused'],
    ['Unable to send RAW command (channel=0x0 netfn=0x6 lun=0x0 cmd=0x47 rsp=0x81): Unknown (0x81)', 'refused'],
    ['Set Chassis Power Control to Up/On failed: Command not supported in present state', 'refused'],
    ['Get Chassis Power Status failed: Node busy', 'busy'],
    ['Get Device ID command failed: 0xd2 BMC initialization in progress', 'busy'],
    ['Unable to get Chassis Power Status', 'refused'],
    ['Error sending Chassis Status command', 'incomplete'],
    ['Error sending Chassis Status command: Invalid command', 'unsupported'],
  ])('%j is %s', (text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  test('noise is no refusal', () => {
    expect(
      codeOf('Get HPM.x Capabilities request failed, compcode = d4\nChassis Power Control: Up/On\n'),
    ).toBeUndefined()
    expect(codeOf('Invalid completion code received: Invalid command\nDiscovered IPMB address 0x0\n')).toBeUndefined()
  })

  test('whether there was a session', () => {
    expect(hasNoSession(NO_SESSION)).toBe(true)
    expect(hasNoSession('Power Restore Policy command failed: Invalid command')).toBe(false)
  })
})
