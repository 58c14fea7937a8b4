import { defineCommand, exit } from '../command.ts'
import { writeJson } from '../json.ts'
import { scaffold } from '../scaffold/scaffold.ts'

export const init = defineCommand({
  summary: 'Start a lab: write a small config that works',
  description: 'Writes into DIR, or here. What is there already is never overwritten.',
  usage: '[DIR]',
  options: {
    yaml: { type: 'boolean', summary: 'Write lares.yaml' },
    ts: { type: 'boolean', summary: 'Write lares.config.ts (unless told otherwise)' },
    docker: { type: 'boolean', summary: 'Begin with a web page in a container' },
  },
  positionals: { min: 0, max: 1 },
  examples: [
    { about: 'In TypeScript', command: 'lares init my-lab' },
    { about: 'In YAML, with a first container', command: 'lares init --yaml --docker my-lab' },
  ],
  async run({ values, positionals, cwd, terminal, json }) {
    if (values.yaml && values.ts) {
      const { fail } = await import('@lares/core')
      fail({ code: 'usage', summary: '--yaml and --ts exclude each other' })
    }
    const [directory = '.'] = positionals
    const { files, next } = await scaffold({ cwd, directory, yaml: values.yaml, docker: values.docker })
    if (json) writeJson(terminal, { directory, files, next })
    else {
      const { style } = terminal
      terminal.out(files.map((file) => `${style.create('+')} ${file}\n`).join(''))
      terminal.out(`\nNext:\n${next.map((step) => `  ${style.strong(step)}\n`).join('')}`)
    }
    return exit.done
  },
})
