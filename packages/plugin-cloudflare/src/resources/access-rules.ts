import * as z from 'zod'
import { parseRule, type Rule, ruleKey, ruleSchema, type WireRule, wireRule } from '../client/index.ts'
import type { Field } from './fields.ts'

export const rules = z.array(ruleSchema)

/** Whom a policy or group means. In what order they stand makes no difference. */
export const ruleInputs = {
  include: rules.min(1, 'Without a rule it means nobody').describe('Who is meant: whoever fits one of these rules'),
  exclude: rules.optional().describe('And does not fit one of these'),
  require: rules.optional().describe('And fits all of these'),
}

export const ruleAttributes = {
  include: z.array(z.unknown()).optional().describe('Whom it means'),
  exclude: z.array(z.unknown()).optional(),
  require: z.array(z.unknown()).optional(),
}

const ruleField: Field = {
  write: (all: readonly Rule[]) => all.map(wireRule),
  read: (all: readonly WireRule[]) => all.map(parseRule),
  member: ruleKey,
}

export const ruleFields = { include: ruleField, exclude: ruleField, require: ruleField }
