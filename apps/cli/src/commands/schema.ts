import { writeFile } from 'node:fs/promises'
import { labSchema } from '@lares/core'
import { defineCommand, exit } from '../command.ts'
import { loadLab } from '../config/load.ts'
import { configOptions } from '../options.ts'

export const schema = defineCommand({
  summary: 'Write the JSON Schema with which an editor checks lares.yaml',
  description: [
    'The schema is that of the plugins that the config names. For an editor with YAML support, put this on the first line',
    'of lares.yaml:  # yaml-language-server: $schema=./lares.schema.json',
  ].join('\n'),
  usage: '',
  options: {
    ...configOptions,
    out: { type: 'string', value: 'FILE', complete: 'file', summary: 'Write to a file instead of standard output' },
  },
  positionals: { min: 0, max: 0 },
  examples: [{ about: 'For the editor', command: 'lares schema --out lares.schema.json' }],
  async run({ cwd, values, terminal }) {
    const { lab } = await loadLab({ cwd, config: values.config, timeout: values['config-timeout'] })
    const text = `${JSON.stringify(labSchema(lab.plugins), null, 2)}\n`
    if (values.out === undefined) terminal.out(text)
    else await writeFile(values.out, text)
    return exit.done
  },
})
