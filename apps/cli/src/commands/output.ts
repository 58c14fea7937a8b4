import { didYouMean, fail } from '@lares/core'
import { defineCommand, exit } from '../command.ts'
import { writeJson } from '../json.ts'
import { openLab } from '../lab.ts'
import { configOptions } from '../options.ts'
import { plainText, renderOutputs } from '../render/outputs.ts'
import { masked } from '../render/values.ts'

export const output = defineCommand({
  summary: 'Show the outputs of the last apply',
  usage: '[NAME]',
  options: configOptions,
  positionals: { min: 0, max: 1 },
  examples: [
    { about: 'All of them', command: 'lares output' },
    { about: 'One, for a script', command: 'curl "$(lares output url)"' },
    { about: 'All as one JSON object', command: 'lares output --json' },
  ],
  async run(invocation) {
    const { terminal, json } = invocation
    const { store } = await openLab(invocation)
    const { outputs } = await store.read()
    const [name] = invocation.positionals
    if (name !== undefined && !Object.hasOwn(outputs, name)) {
      fail({
        code: 'output_unknown',
        summary: `There is no output "${name}"`,
        ...didYouMean(name, Object.keys(outputs)),
      })
    }
    if (json) writeJson(terminal, masked(name === undefined ? outputs : outputs[name]))
    else if (name !== undefined) terminal.out(`${plainText(outputs[name])}\n`)
    else if (Object.keys(outputs).length > 0) terminal.out(renderOutputs(outputs, terminal.style))
    else terminal.out('There are no outputs. A lab declares them with "outputs", and apply records them.\n')
    return exit.done
  },
})
