import { BmcError, type BmcErrorCode } from '../error.ts'

/** What ipmitool 1.8.18 and 1.8.19 say, the most telling first; most of it also stands beside an exit status of 0. */
const phrases: readonly (readonly [RegExp, BmcErrorCode])[] = [
  [/Address lookup for .* failed|Could not open socket/, 'unreachable'],
  [/Get Auth Capabilities error|Error issuing Get Channel Authentication Capabilities/, 'unreachable'],
  [/insufficient resources for (?:session|role)|no (?:session )?slots? available/i, 'too_many_sessions'],
  // It then says, too, that it may not have the privilege.
  [/no response from RAKP|Unexpected (?:Open Session Response|RAKP \d message)|Timeout in open session/, 'incomplete'],
  [/RAKP [24] message indicates an error : (?:unauthorized|invalid) role/, 'forbidden'],
  [/Set Session Privilege Level to .* failed/, 'forbidden'],
  [/RAKP 2 HMAC is invalid|message indicates an error : unauthorized name/, 'auth_failed'],
  [
    /RAKP 4 message has invalid integrity check value|indicates an error : invalid integrity check value/,
    'auth_failed',
  ],
  [
    /open session response message : .*algorithm|(?:no|No) (?:cipher suite|matching \w+ (?:payload|algorithm))/,
    'no_cipher',
  ],
  [/Unsupported cipher suite|Assertion .* failed|cipher suite .*(?:not supported|invalid)/i, 'no_cipher'],
  [/Insufficient privilege level/, 'forbidden'],
  [/Node busy|BMC initialization in progress|in update mode/i, 'busy'],
  // It may have been done.
  [/(?:: |\()Timeout\b/, 'incomplete'],
  [/Invalid command|Cannot execute command, command disabled|Command (?:subfunction )?disabled/, 'unsupported'],
  [/Command not supported in present state|Invalid data field|Parameter out of range|data length invalid/i, 'refused'],
  [/Requested sensor, data, or record not found|Command illegal|Out of space|Unspecified error/i, 'refused'],
  [
    /Unable to establish|No (?:response|data available)|[Nn]o valid response|(?:Get Device ID command failed|Error sending .* command)$/m,
    'incomplete',
  ],
  [/rsp=0x|\bfailed\b|\bUnable to\b|^Error\b/im, 'refused'],
]

const codeOf = (text: string): BmcErrorCode | undefined => phrases.find(([pattern]) => pattern.test(text))?.[1]

/** What it says beside answers, of things that nobody asked for. */
const NOISE =
  /^(Get HPM\.x Capabilities request failed|Loading IANA PEN Registry|Running Get (VSO|PICMG)|Invalid completion code received|Error response 0x\w+ from Get PICMG|Discovered IPMB|Close Session command failed|Error loading interface|IANA PEN registry open failed|Address lookup for \S+ failed.*retry)/i

/** What was said, without the noise, as one text. */
export const saidIn = (...outputs: readonly string[]): string =>
  outputs
    .flatMap((output) => output.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !NOISE.test(line))
    .join('\n')

const summaries: { readonly [code in BmcErrorCode]?: string } = {
  unreachable: 'nobody answers',
  auth_failed: 'it does not take this user with this password',
  no_cipher: 'it takes none of the cipher suites',
  too_many_sessions: 'all of its sessions are taken',
  incomplete: 'it began to answer, and did not go on',
}

const advices: { readonly [code in BmcErrorCode]?: string } = {
  unreachable: 'Is the address right, does the BMC have power and network, and is IPMI over LAN switched on in it?',
  auth_failed:
    'Look at user and password in the web interface of the BMC; some boards cut passwords at 16 or 20 bytes.',
  no_cipher: 'Say which it has: "cipherSuite". `ipmitool channel getciphers ipmi` on the machine itself lists them.',
  forbidden: 'Log in as an administrator of the BMC; for a user that is none, say its "privilege".',
  too_many_sessions: 'Others are connected. They end by themselves after a minute or so, or when the BMC is reset.',
}

/** Whether a session came about, as far as the output tells. */
export const hasNoSession = (text: string): boolean =>
  /Unable to establish IPMI v2|Unable to establish LAN session|Assertion .* failed|lanplus: /.test(text)

/** The failure that an output tells of; undefined where it tells of none. */
export function refusalIn(text: string, description: string, what: string): BmcError | undefined {
  const code = codeOf(text)
  return code && failure(code, text, description, what)
}

export function failure(code: BmcErrorCode, text: string, description: string, what: string): BmcError {
  const summary = summaries[code] ?? `${what}: ${text.split('\n').at(-1) || 'failed'}`
  return new BmcError(code, `${description}: ${summary}`, { detail: text, advice: advices[code] })
}
