import { defineResource } from '@lares/core'
import * as z from 'zod'
import { cloudflareProvider } from '../provider.ts'
import { ruleAttributes, ruleFields, ruleInputs } from './access-rules.ts'
import { isBlank } from './fields.ts'
import { idOf, nameInput, nameOf } from './names.ts'
import { type Kind, objectVerbs } from './objects.ts'

const inputs = z.object({
  name: nameInput,
  ...ruleInputs,
  isDefault: z.boolean().optional().describe('Is offered first when a policy is made in the dashboard'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  id: z.string().describe('For a rule: `{ group: family.id }`'),
  name: z.string(),
  ...ruleAttributes,
  isDefault: z.boolean().optional(),
})

const kind: Kind<Inputs> = {
  fields: { name: {}, ...ruleFields, isDefault: { read: (value: unknown) => !isBlank(value) } },
  collection: ({ groups }) => groups,
  keysOf: ({ name }) => [String(name)],
  // What is taken as yes or no is told as rules.
  adds: ({ isDefault }, before, changed) =>
    before ? { is_default: isDefault ?? (!changed?.has('isDefault') && !isBlank(before['is_default'])) } : {},
}

export const accessGroup = defineResource({
  type: 'cloudflare.accessGroup',
  description: 'People and machines that policies can mean together: the family.',
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
