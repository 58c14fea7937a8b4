import type { OptionSpecs } from './command.ts'

/** Options of every command. */
export const commonOptions = {
  help: { type: 'boolean', short: 'h', summary: 'Show help for the command' },
  json: { type: 'boolean', summary: 'Write JSON for programs, one document a line' },
  'no-color': { type: 'boolean', summary: 'Write without colour; so does NO_COLOR in the environment' },
} as const satisfies OptionSpecs

/** Options of commands that read the config. */
export const configOptions = {
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    complete: 'file',
    summary: 'The config to use instead of the nearest lares.config.ts or lares.yaml',
  },
  'config-timeout': { type: 'string', value: 'TIME', summary: 'How long the config may take to load (30s)' },
} as const satisfies OptionSpecs

/** Of commands that lock the state. */
export const lockOptions = {
  'lock-timeout': { type: 'string', value: 'TIME', summary: 'How long to wait while another run holds the state (0s)' },
} as const satisfies OptionSpecs

/** Options of commands that carry something out. */
const runOptions = {
  parallelism: { type: 'string', value: 'N', summary: 'How many actions may run at once (10)' },
  ...lockOptions,
} as const satisfies OptionSpecs

const excludeOption = { type: 'string', multiple: true, value: 'ADDRESS', complete: 'address' } as const

/** Options of `stop` and of `start`. */
export const lifecycleOptions = {
  ...configOptions,
  exclude: {
    ...excludeOption,
    summary: 'All but this resource, and what that needs or what needs it; may be repeated',
  },
  force: { type: 'boolean', summary: 'Go on where something does not answer or cannot be done' },
  ...runOptions,
} as const satisfies OptionSpecs

/** Options of commands that lock the state and make a plan. */
export const planOptions = {
  ...configOptions,
  target: {
    type: 'string',
    multiple: true,
    short: 't',
    value: 'ADDRESS',
    complete: 'address',
    summary: 'Only this resource and what it needs; may be repeated',
  },
  exclude: { ...excludeOption, summary: 'All but this resource and what needs it; may be repeated' },
  replace: {
    type: 'string',
    multiple: true,
    value: 'ADDRESS',
    complete: 'address',
    summary: 'Make this one anew although nothing changed; may be repeated',
  },
  'allow-data-loss': {
    type: 'string',
    multiple: true,
    value: 'ADDRESS',
    complete: 'address',
    summary: 'Let this one be deleted or replaced with the data in it; may be repeated',
  },
  ...runOptions,
} as const satisfies OptionSpecs

export const yesOption = {
  yes: { type: 'boolean', short: 'y', summary: 'Go ahead without asking' },
} as const satisfies OptionSpecs

export const detailedOption = {
  'detailed-exitcode': { type: 'boolean', summary: 'Exit with 2 when there are changes' },
} as const satisfies OptionSpecs
