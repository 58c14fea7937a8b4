import { createHash } from 'node:crypto'

/** Makes identifiers that look as Cloudflare's do and are the same in every run: the n-th one of a stand-in. */
export interface Ids {
  /** Version 4 in form: applications, policies, groups, service tokens, identity providers, tunnels. */
  uuid(): string
  /** 32 hexadecimal digits: accounts, zones, DNS records, API tokens. */
  tag(): string
  /** `length` hexadecimal digits. */
  hex(length: number): string
}

/** Starts the sequence that `seed` names. */
export function createIds(seed: string): Ids {
  let made = 0
  const hex = (length: number) => {
    made += 1
    return createHash('sha512').update(`${seed} ${made}`).digest('hex').slice(0, length)
  }
  return {
    hex,
    tag: () => hex(32),
    uuid() {
      const digits = hex(32)
      const variant = '89ab'[Number.parseInt(digits[16] ?? '0', 16) % 4]
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `${variant}${digits.slice(17, 20)}`,
        digits.slice(20),
      ].join('-')
    },
  }
}
