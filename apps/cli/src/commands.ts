import type { AnyCommand } from './command.ts'

interface CommandEntry {
  summary: string
  load(): Promise<AnyCommand>
}

/** Every command in the order of help. A command's file is loaded when the command runs, so help costs nothing. */
export const commands: { readonly [name: string]: CommandEntry } = {
  init: {
    summary: 'Start a lab: write a small config that works',
    load: async () => (await import('./commands/init.ts')).init,
  },
  validate: {
    summary: 'Check the config and show every problem in it',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  plan: {
    summary: 'Show what apply would do',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  apply: {
    summary: 'Make reality match the config',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  destroy: {
    summary: 'Delete everything of the lab that holds no data',
    load: async () => (await import('./commands/destroy.ts')).destroy,
  },
  stop: {
    summary: 'Stop the lab or a part of it, in order; nothing is deleted',
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  start: {
    summary: 'Start what was stopped, in order, each when what it needs is ready',
    load: async () => (await import('./commands/start.ts')).start,
  },
  drift: {
    summary: 'Show what was changed behind the back of the config',
    load: async () => (await import('./commands/drift.ts')).drift,
  },
  status: {
    summary: 'Show what is there, how it is doing, and which alerts are raised',
    load: async () => (await import('./commands/status.ts')).status,
  },
  run: {
    summary: 'Do something with a resource: restart it, show its logs',
    load: async () => (await import('./commands/run.ts')).run,
  },
  outdated: {
    summary: 'Show what newer there is of what the lab uses: images',
    load: async () => (await import('./commands/outdated.ts')).outdated,
  },
  import: {
    summary: 'Find what already exists, and take it over',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  state: {
    summary: 'Look at the record of the lab, go back to an older one, unlock it',
    load: async () => (await import('./commands/state.ts')).state,
  },
  output: {
    summary: 'Show the outputs of the last apply',
    load: async () => (await import('./commands/output.ts')).output,
  },
  graph: {
    summary: 'Draw what depends on what, for Graphviz or Mermaid',
    load: async () => (await import('./commands/graph.ts')).graph,
  },
  schema: {
    summary: 'Write the JSON Schema with which an editor checks lares.yaml',
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  doctor: {
    summary: 'Check Node, config, plugins, state and every connection',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  plugins: {
    summary: 'List the plugins of the lab and their resource types',
    load: async () => (await import('./commands/plugins.ts')).plugins,
  },
  completion: {
    summary: 'Write the completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
}
