import { milliseconds, sensitive } from '@lares/core'
import * as z from 'zod'
import { MOST_NAME_BYTES, MOST_PASSWORD_BYTES } from '../../client/index.ts'
import { loginPrivileges } from '../../provider.ts'

const bytes = (most: number) => (text: string) => Buffer.byteLength(text) <= most

export const userName = z
  .string()
  .min(1)
  .refine(bytes(MOST_NAME_BYTES), `Expected at most ${MOST_NAME_BYTES} bytes, as IPMI takes`)
export const password = sensitive(
  z.string().min(1).refine(bytes(MOST_PASSWORD_BYTES), `Expected at most ${MOST_PASSWORD_BYTES} bytes, as IPMI takes`),
)
export const duration = z.union([z.string(), z.number()])

export const inputs = z.object({
  address: z
    .string()
    .regex(/^[\w.:%-]+$/, 'Expected a name or an IP address')
    .describe('Name or IP address of the BMC'),
  port: z.int().min(1).max(65_535).optional().describe('UDP port; 623 when absent'),
  user: userName.describe('Who to log in as'),
  password: password.describe('`secret.env("BMC_PASSWORD")`; at most 20 bytes'),
  cipherSuite: z.int().min(1).max(17).optional().describe('Only this one; 17, then 3 when absent'),
  privilege: z.enum(loginPrivileges).optional().describe('What to log in with, for a user that is no administrator'),
  timeout: duration.default('3s').describe('How long it may take over one request'),
  ignoreSensors: z
    .array(z.string())
    .default([])
    .describe('Names of sensors that nobody is warned of, such as that of a fan which is not there'),
})
export type Inputs = z.output<typeof inputs>

export const endpointOf = ({ timeout, ignoreSensors: _, ...login }: Inputs) => ({
  ...login,
  timeout: milliseconds(timeout, 'timeout'),
})
