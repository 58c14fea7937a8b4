import { BmcError } from '../error.ts'
import { checkAddress, type Login } from '../login.ts'

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
  checkAddress(address)
  if (user === '') invalid(`${description}: the name of the user is empty`)
  checkName(user, description)
  checkPassword(password, description)
}
