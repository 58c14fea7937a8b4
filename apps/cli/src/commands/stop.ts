import { defineCommand } from '../command.ts'
import { carryOut } from '../lifecycle.ts'
import { lifecycleOptions, planOptions, yesOption } from '../options.ts'

export const stop = defineCommand({
  summary: 'Stop the lab or a part of it, in order; nothing is deleted',
  description: [
    'Containers first, then mounts, then guests, then machines and their power: each after all that needs it, and each in',
    'its own graceful way. With ADDRESS, that one and what needs it. It is recorded what is meant to be off: "lares plan"',
    'and "lares apply" leave it so, until "lares start".',
    '',
    'The machine that Lares runs on is left to its own shutdown.',
  ].join('\n'),
  usage: '[ADDRESS...]',
  options: {
    ...lifecycleOptions,
    ...yesOption,
    'allow-data-loss': {
      ...planOptions['allow-data-loss'],
      summary: 'Stop this one although it loses data by that; may be repeated',
    },
  },
  positionals: { min: 0, max: 1000 },
  examples: [
    { about: 'Show, ask, stop', command: 'lares stop' },
    {
      about: 'When the power is about to go: no questions, and on with what can be stopped',
      command: 'lares stop --yes --force',
    },
    { about: 'One guest, and all that is on it or needs it', command: 'lares stop plex-vm' },
  ],
  run: (invocation) => carryOut(invocation, 'stop', invocation.values['allow-data-loss']),
})
