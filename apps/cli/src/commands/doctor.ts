import { defineCommand, exit } from '../command.ts'
import { examine, type Finding } from '../doctor.ts'
import { writeJson } from '../json.ts'
import { configOptions } from '../options.ts'
import { renderFinding } from '../render/findings.ts'

export const doctor = defineCommand({
  summary: 'Check Node, config, plugins, state and every connection',
  description:
    'Opens every connection of the lab once, asks each resource what stands in its way, such as a firewall, and says what to do about it. Nothing is changed.',
  usage: '',
  options: configOptions,
  positionals: { min: 0, max: 0 },
  examples: [{ about: 'What works and what does not', command: 'lares doctor' }],
  async run(invocation) {
    const { terminal, json } = invocation
    const found = new Set<Finding['state']>()
    for await (const finding of examine(invocation)) {
      found.add(finding.state)
      if (json) writeJson(terminal, finding)
      else terminal.out(renderFinding(finding, terminal.style))
    }
    if (!json && !found.has('bad') && !found.has('unsure'))
      terminal.out(`\n${terminal.style.good('Everything is in order.')}\n`)
    return found.has('bad') ? exit.failed : exit.done
  },
})
