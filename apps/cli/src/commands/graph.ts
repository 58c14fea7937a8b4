import { buildModel, hasErrors, LaresError } from '@lares/core'
import { defineCommand, exit } from '../command.ts'
import { loadLab } from '../config/load.ts'
import { writeJson } from '../json.ts'
import { configOptions } from '../options.ts'
import { type Drawing, toDot, toMermaid } from '../render/graph.ts'

export const graph = defineCommand({
  summary: 'Draw what depends on what, for Graphviz or Mermaid',
  description: 'An arrow leads from a resource to what must be there before it. What is on a host stands in its box.',
  usage: '',
  options: { ...configOptions, mermaid: { type: 'boolean', summary: 'Write Mermaid instead of DOT' } },
  positionals: { min: 0, max: 0 },
  examples: [
    { about: 'As a picture', command: 'lares graph | dot -Tsvg > lab.svg' },
    { about: 'For a Markdown page', command: 'lares graph --mermaid' },
  ],
  async run({ cwd, values, terminal, json }) {
    const { lab } = await loadLab({ cwd, config: values.config, timeout: values['config-timeout'] })
    const { model, diagnostics } = buildModel(lab)
    if (hasErrors(diagnostics)) throw new LaresError(diagnostics)
    const drawing: Drawing = {
      name: model.lab,
      nodes: [...model.resources.values()].map(({ address, type, on, dependencies }) => ({
        address,
        type: type.type,
        on,
        needs: dependencies.filter((other) => other !== on),
      })),
    }
    if (json) writeJson(terminal, drawing)
    else terminal.out(values.mermaid ? toMermaid(drawing) : toDot(drawing))
    return exit.done
  },
})
