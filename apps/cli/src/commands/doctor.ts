import { defineCommand, exit } from '../command.ts'
import { examine } from '../doctor.ts'
import { writeJson } from '../json.ts'
import { configOptions } from '../options.ts'
import { renderFinding } from '../render/findings.ts'

export const doctor = defineCommand({
  summary: 'Check Node, config, plugins, state and every connection',
  description:
    'Opens every connection of the lab once and says what is missing and what to do about it. Nothing is changed.',
  usage: '',
  options: configOptions,
  positionals: { min: 0, max: 0 },
  examples: [{ about: 'What works and what does not', command: 'lares doctor' }],
  async run(invocation) {
    const { terminal, json } = invocation
    let healthy = true
    for await (const finding of examine(invocation)) {
      healthy &&= finding.state !== 'bad'
      if (json) writeJson(terminal, finding)
      else terminal.out(renderFinding(finding, terminal.style))
    }
    if (!json) terminal.out(healthy ? `\n${terminal.style.good('Everything is in order.')}\n` : '')
    return healthy ? exit.done : exit.failed
  },
})
