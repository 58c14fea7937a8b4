import { defineCommand, exit } from '../command.ts'
import { loadLab } from '../config/load.ts'
import { writeJson } from '../json.ts'
import { configOptions } from '../options.ts'

export const plugins = defineCommand({
  summary: 'List the plugins of the lab and their resource types',
  usage: '',
  options: configOptions,
  positionals: { min: 0, max: 0 },
  examples: [{ about: 'What this lab can declare', command: 'lares plugins' }],
  async run({ cwd, values, terminal, json }) {
    const { lab } = await loadLab({ cwd, config: values.config, timeout: values['config-timeout'] })
    const { style } = terminal
    for (const plugin of lab.plugins) {
      const all = [...plugin.types.values(), ...plugin.composites.values()]
      const types = all.map(({ type, description, proof = 'unverified' }) => ({ type, description, proof }))
      if (json) {
        writeJson(terminal, { package: plugin.package, version: plugin.version, api: plugin.api, types })
        continue
      }
      terminal.out(`${style.strong(plugin.package)} ${style.faint(plugin.version)}\n`)
      const width = Math.max(...types.map(({ type }) => type.length))
      for (const { type, description = '', proof } of types) {
        terminal.out(`  ${type.padEnd(width)}  ${proof.padEnd(10)}  ${style.faint(description)}`.trimEnd() + '\n')
      }
    }
    if (!json && lab.plugins.length === 0) terminal.out('This lab uses no plugins.\n')
    return exit.done
  },
})
