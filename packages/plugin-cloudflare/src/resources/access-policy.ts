import { canonical, defineResource } from '@lares/core'
import * as z from 'zod'
import { cloudflareProvider } from '../provider.ts'
import { ruleAttributes, ruleFields, ruleInputs } from './access-rules.ts'
import type { Fields } from './fields.ts'
import { idOf, nameInput, nameOf } from './names.ts'
import { type Kind, objectVerbs } from './objects.ts'

/** How the API writes times of sessions: `30m`, `24h`. */
export const session = z
  .string()
  .regex(/^(\d+(ns|us|µs|ms|s|m|h))+$/, 'Expected a time such as 30m or 24h; Cloudflare knows no days')

const approvalGroup = z.strictObject({
  approvalsNeeded: z.number().int().min(1),
  emails: z.array(z.string()).optional().describe('Who can approve'),
  emailList: z.string().optional().describe('Id of a list of those who can approve'),
})

/** What a policy says, whether applications share it or one has it for itself. */
export const policyInputs = {
  decision: z
    .enum(['allow', 'deny', 'bypass', 'non_identity'])
    .default('allow')
    .describe('`non_identity` lets in whoever has a service token or certificate; `bypass` asks nobody who they are'),
  ...ruleInputs,
  sessionDuration: session.optional().describe("For how long who was let in stays so; the application's when absent"),
  isolationRequired: z.boolean().optional().describe('Only in an isolated browser'),
  purposeJustificationRequired: z.boolean().optional().describe('Asks what for'),
  purposeJustificationPrompt: z.string().optional(),
  approvalRequired: z.boolean().optional().describe('Somebody else has to agree each time'),
  approvalGroups: z.array(approvalGroup).optional(),
}

export const policyFields: Fields = {
  name: {},
  decision: { always: true },
  ...ruleFields,
  sessionDuration: {},
  isolationRequired: {},
  purposeJustificationRequired: {},
  purposeJustificationPrompt: {},
  approvalRequired: {},
  approvalGroups: {
    write: (groups: readonly z.output<typeof approvalGroup>[]) =>
      groups.map(({ approvalsNeeded, emails, emailList }) => ({
        approvals_needed: approvalsNeeded,
        ...(emails ? { email_addresses: emails } : {}),
        ...(emailList ? { email_list_uuid: emailList } : {}),
      })),
    read: (groups: readonly { approvals_needed: number; email_addresses?: string[]; email_list_uuid?: string }[]) =>
      groups.map(({ approvals_needed, email_addresses, email_list_uuid }) => ({
        approvalsNeeded: approvals_needed,
        ...(email_addresses?.length ? { emails: email_addresses } : {}),
        ...(email_list_uuid ? { emailList: email_list_uuid } : {}),
      })),
    member: canonical,
  },
}

const inputs = z.object({ name: nameInput, ...policyInputs })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  id: z.string().describe('For `policies` of an application'),
  name: z.string(),
  decision: z.string(),
  ...ruleAttributes,
  sessionDuration: z.string().optional(),
  isolationRequired: z.boolean().optional(),
  purposeJustificationRequired: z.boolean().optional(),
  purposeJustificationPrompt: z.string().optional(),
  approvalRequired: z.boolean().optional(),
  approvalGroups: z.array(z.unknown()).optional(),
})

const kind: Kind<Inputs> = {
  fields: policyFields,
  collection: ({ policies }) => policies,
  keysOf: ({ name }) => [String(name)],
  readOnly: ['app_count', 'reusable', 'account_id'],
}

export const accessPolicy = defineResource({
  type: 'cloudflare.accessPolicy',
  description: 'Who may enter, and on what terms. Several applications can share it.',
  proof: 'recorded',
  provider: cloudflareProvider,
  inputs,
  attributes,
  identity: nameOf,
  id: idOf,
  createFirst: idOf,
  predict: (wanted, owner) => ({ name: nameOf(wanted, owner) }),
  ...objectVerbs<Inputs, z.output<typeof attributes>>(kind),
  inputsOf: ({ id: _, ...rest }) => rest as Partial<z.input<typeof inputs>>,
})
