import { defineCommand } from '../command.ts'
import { carryOut } from '../lifecycle.ts'
import { lifecycleOptions, yesOption } from '../options.ts'

export const start = defineCommand({
  summary: 'Start what was stopped, in order, each when what it needs is ready',
  description: [
    'Power first, then machines, guests, mounts and containers: each as soon as what it needs is ready. With ADDRESS, that',
    'one, what it needs, and what needs it. What is declared not to run is left so. Nothing is created or changed: what is',
    'gone is for "lares apply".',
  ].join('\n'),
  usage: '[ADDRESS...]',
  options: { ...lifecycleOptions, ...yesOption },
  positionals: { min: 0, max: 1000 },
  examples: [
    { about: 'Show, ask, start', command: 'lares start' },
    { about: 'At boot, from a unit', command: 'lares start --yes' },
    { about: 'One guest, with what it needs and what needs it', command: 'lares start plex-vm' },
  ],
  run: (invocation) => carryOut(invocation, 'start'),
})
