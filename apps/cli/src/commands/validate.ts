import { buildModel, hasErrors } from '@lares/core'
import { defineCommand, exit } from '../command.ts'
import { loadLab } from '../config/load.ts'
import { writeJson } from '../json.ts'
import { configOptions } from '../options.ts'
import { count } from '../render/values.ts'
import { tellDiagnostics } from '../tell.ts'

export const validate = defineCommand({
  summary: 'Check the config and show every problem in it',
  description: 'Reads the config and its plugins, and nothing else: no state, no host, no secret.',
  usage: '',
  options: configOptions,
  positionals: { min: 0, max: 0 },
  examples: [
    { about: 'The nearest config', command: 'lares validate' },
    { about: 'Another one, for an editor', command: 'lares validate --config test/lares.yaml --json' },
  ],
  async run({ cwd, values, terminal, json }) {
    const { lab } = await loadLab({ cwd, config: values.config, timeout: values['config-timeout'] })
    const { model, diagnostics } = buildModel(lab)
    tellDiagnostics(diagnostics, terminal, json)
    if (hasErrors(diagnostics)) return exit.failed
    const resources = model.resources.size
    if (json) writeJson(terminal, { lab: model.lab, resources, valid: true })
    else terminal.out(`${terminal.style.good('Valid.')} ${model.lab} declares ${count(resources, 'resource')}.\n`)
    return exit.done
  },
})
