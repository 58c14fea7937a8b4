import { milliseconds, sensitive } from '@lares/core'
import * as z from 'zod'
import { MOST_NAME_BYTES, MOST_PASSWORD_BYTES } from '../../client/index.ts'
import { loginPrivileges } from '../../provider.ts'

const bytes = (most: number) => (text: string) => Buffer.byteLength(text) <= most

export const userName = z
  .string()
  .min(1)
  .refine(bytes(MOST_NAME_BYTES), `Expected at most ${MOST_NAME_BYTES} bytes, as IPMI takes`)
/** As IPMI takes, so that it can be used over both. */
export const password = sensitive(
  z.string().min(1).refine(bytes(MOST_PASSWORD_BYTES), `Expected at most ${MOST_PASSWORD_BYTES} bytes, as IPMI takes`),
)
export const duration = z.union([z.string(), z.number()])

export const inputs = z
  .object({
    address: z
      .string()
      .regex(/^[\w.:%-]+$/, 'Expected a name or an IP address')
      .describe('Name or IP address of the BMC'),
    driver: z
      .enum(['ipmitool', 'redfish'])
      .default('ipmitool')
      .describe('How to talk to it: IPMI by the program ipmitool, or Redfish, which needs no program'),
    port: z.int().min(1).max(65_535).optional().describe('623 (UDP) by IPMI, 443 (TCP) by Redfish when absent'),
    user: z.string().min(1).describe('Who to log in as'),
    password: sensitive(z.string().min(1)).describe('`secret.env("BMC_PASSWORD")`; by IPMI at most 20 bytes'),
    cipherSuite: z.int().min(1).max(17).optional().describe('By IPMI only this one; 17, then 3 when absent'),
    privilege: z
      .enum(loginPrivileges)
      .optional()
      .describe('What to log in with by IPMI, for a user that is no administrator'),
    certificate: z
      .string()
      .regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, 'Expected a SHA-256 fingerprint: 32 bytes as hexadecimal digits')
      .optional()
      .describe('By Redfish: SHA-256 fingerprint of its certificate, where no authority signed it'),
    system: z.string().min(1).optional().describe('By Redfish: Id of the machine, where the BMC has several'),
    timeout: duration
      .optional()
      .describe('How long it may take over one request; 3s by IPMI, 30s by Redfish when absent'),
    ignoreSensors: z
      .array(z.string())
      .default([])
      .describe('Names of sensors that nobody is warned of, such as that of a fan which is not there'),
  })
  // One for each thing that may not be known yet: what reads it waits.
  .superRefine((wanted, { addIssue }) => {
    const ofRedfish = wanted.driver === 'redfish'
    const foreign = ofRedfish ? (['cipherSuite', 'privilege'] as const) : (['certificate', 'system'] as const)
    for (const name of foreign)
      if (wanted[name] !== undefined)
        addIssue({
          code: 'custom',
          path: [name],
          message: `Only with the driver "${ofRedfish ? 'ipmitool' : 'redfish'}"`,
        })
  })
  .superRefine(({ driver, user }, { addIssue }) => asIpmiTakes(driver, 'user', userName.safeParse(user), addIssue))
  .superRefine(({ driver, password: wanted }, { addIssue }) =>
    asIpmiTakes(driver, 'password', password.safeParse(wanted), addIssue),
  )

function asIpmiTakes(
  driver: 'ipmitool' | 'redfish' | undefined,
  name: string,
  { error }: { error?: z.ZodError | undefined },
  addIssue: z.RefinementCtx['addIssue'],
): void {
  if (driver === 'redfish') return
  for (const { message } of error?.issues ?? []) addIssue({ code: 'custom', path: [name], message })
}
export type Inputs = z.output<typeof inputs>

export const portOf = ({ port, driver }: Pick<Inputs, 'port' | 'driver'>): number =>
  port ?? (driver === 'redfish' ? 443 : 623)

export const endpointOf = ({ timeout, ignoreSensors: _, ...login }: Inputs) => ({
  ...login,
  ...(timeout === undefined ? {} : { timeout: milliseconds(timeout, 'timeout') }),
})
