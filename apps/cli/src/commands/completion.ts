import { defineCommand, exit, type Invocation } from '../command.ts'
import { configOptions } from '../options.ts'

export const completion = defineCommand({
  summary: 'Write the completion script for bash, zsh or fish',
  usage: 'bash | zsh | fish',
  options: configOptions,
  subcommands: {
    bash: 'For bash',
    zsh: 'For zsh',
    fish: 'For fish',
    addresses: 'The addresses of the lab, one a line; the scripts ask for them',
  },
  positionals: { min: 1, max: 1 },
  examples: [
    { about: 'Now, in bash or zsh', command: 'source <(lares completion bash)' },
    { about: 'Always, in fish', command: 'lares completion fish > ~/.config/fish/completions/lares.fish' },
  ],
  async run(invocation) {
    const script = scripts[invocation.positionals[0] as keyof typeof scripts]
    invocation.terminal.out(await script(invocation))
    return exit.done
  },
})

type CompletionInvocation = Pick<Invocation, 'cwd'> & { values: { config: string | undefined } }

const words = async () => await (await import('../completion/vocabulary.ts')).vocabulary()

const scripts = {
  bash: async () => (await import('../completion/bash.ts')).bashCompletion(await words()),
  zsh: async () => (await import('../completion/zsh.ts')).zshCompletion(await words()),
  fish: async () => (await import('../completion/fish.ts')).fishCompletion(await words()),
  addresses: async ({ cwd, values }: CompletionInvocation) => {
    const { loadLab } = await import('../config/load.ts')
    const { lab } = await loadLab({ cwd, config: values.config, timeout: '5s' })
    const { buildModel } = await import('@lares/core')
    const declared = lab.declarations.map(({ address }) => address)
    const addresses = new Set([...declared, ...buildModel(lab).model.resources.keys()])
    return [...addresses].map((address) => `${address}\n`).join('')
  },
}
