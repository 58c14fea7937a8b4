import type { Privilege } from '../driver.ts'
import { BmcError } from '../error.ts'

/** How ipmitool reaches a BMC. */
export interface Login {
  readonly address: string
  /** 623 when absent. */
  readonly port?: number | undefined
  readonly user: string
  readonly password: string
  /** Only this one; when absent, 17 is tried, then 3. */
  readonly cipherSuite?: number | undefined
  /** What sessions are opened as, for a user that is no administrator. */
  readonly privilege?: Exclude<Privilege, 'none'> | undefined
  /** Milliseconds that it may take over one request before the request is sent again; 3,000 when absent. */
  readonly timeout?: number | undefined
}

/** IPMI 2.0, 22.26 and 22.29: names have 16 bytes, passwords 20. */
export const MOST_NAME_BYTES = 16
export const MOST_PASSWORD_BYTES = 20

const invalid = (message: string, advice?: string): never => {
  throw new BmcError('invalid', message, { advice })
}

/** Rejects what would be cut short, or taken for no password at all. */
export function checkPassword(password: string, whose: string): void {
  if (password === '') invalid(`${whose}: the password is empty`, 'Is a variable not set, or a file empty?')
  if (Buffer.byteLength(password) > MOST_PASSWORD_BYTES)
    invalid(`${whose}: the password has more than ${MOST_PASSWORD_BYTES} bytes, which IPMI does not take`)
  if (/\p{Cc}/u.test(password)) invalid(`${whose}: the password has a line break or another control character in it`)
}

export function checkName(name: string, whose: string): void {
  if (Buffer.byteLength(name) > MOST_NAME_BYTES)
    invalid(`${whose}: the name "${name}" has more than ${MOST_NAME_BYTES} bytes, which IPMI does not take`)
  if (/\p{Cc}/u.test(name)) invalid(`${whose}: the name of the user has a control character in it`)
}

export function checkLogin({ address, user, password }: Login, description: string): void {
  if (!/^[\w.:%-]+$/.test(address) || address.startsWith('-')) invalid(`"${address}" is no address of a BMC`)
  if (user === '') invalid(`${description}: the name of the user is empty`)
  checkName(user, description)
  checkPassword(password, description)
}
