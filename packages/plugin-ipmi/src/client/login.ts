import type { Privilege } from './driver.ts'
import { BmcError } from './error.ts'

/** Where a BMC is, and how to log in. */
export interface Login {
  readonly address: string
  /** 623 by IPMI, 443 by Redfish when absent. */
  readonly port?: number | undefined
  readonly user: string
  readonly password: string
  /** Milliseconds that it may take over one request; 3,000 by IPMI, 30,000 by Redfish when absent. */
  readonly timeout?: number | undefined
  /** By IPMI only this one; when absent, 17 is tried, then 3. */
  readonly cipherSuite?: number | undefined
  /** What sessions are opened as by IPMI, for a user that is no administrator. */
  readonly privilege?: Exclude<Privilege, 'none'> | undefined
  /** SHA-256 fingerprint of its certificate by Redfish; when absent, an authority that this machine knows has to have signed it. */
  readonly certificate?: string | undefined
  /** Id of the machine by Redfish, where the BMC has several. */
  readonly system?: string | undefined
}

export function checkAddress(address: string): void {
  if (!/^[\w.:%-]+$/.test(address) || address.startsWith('-'))
    throw new BmcError('invalid', `"${address}" is no address of a BMC`)
}
