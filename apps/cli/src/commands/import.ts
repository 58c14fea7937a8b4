import { didYouMean, fail } from '@lares/core'
import { applyPlan } from '../applying.ts'
import { defineCommand, exit, type Invocation, type Values } from '../command.ts'
import { engineFor } from '../engine.ts'
import { writeJson } from '../json.ts'
import { openLab } from '../lab.ts'
import { planOptions, yesOption } from '../options.ts'
import { requestOf, withPlan } from '../planning.ts'
import { renderListing } from '../render/listing.ts'

const options = {
  ...planOptions,
  ...yesOption,
  on: {
    type: 'string',
    value: 'HOST',
    complete: 'address',
    summary: 'Where to look: a resource that gives a connection; this machine unless told',
  },
  yaml: { type: 'boolean', summary: 'Show what was found as YAML, whatever the config is written in' },
} as const

type ImportInvocation = Pick<Invocation, 'cwd' | 'env' | 'terminal' | 'json' | 'positionals'> & {
  values: Values<typeof options>
}

export const importCommand = defineCommand({
  summary: 'Find what already exists, and take it over',
  description: [
    'With a resource type, lists the objects of that type that are there, as lines for the config. With addresses of the',
    'config, takes the objects that they stand for into the lab: from then on they are changed and deleted with it.',
  ].join('\n'),
  usage: 'TYPE | ADDRESS...',
  options,
  positionals: { min: 1, max: 1000 },
  examples: [
    { about: 'Which containers run on tower', command: 'lares import docker.container --on tower' },
    { about: 'Take one over that the config declares', command: 'lares import web' },
  ],
  async run(invocation: ImportInvocation) {
    const [first = ''] = invocation.positionals
    return first.includes('.') ? await discover(first, invocation) : await adopt(invocation)
  },
})

async function discover(type: string, { cwd, env, values, positionals, terminal, json }: ImportInvocation) {
  if (positionals.length > 1) fail({ code: 'usage', summary: 'It takes one resource type, or addresses' })
  const opened = await openLab({ cwd, values })
  const types = opened.lab.plugins.flatMap((plugin) => [...plugin.types.keys()])
  if (!types.includes(type)) {
    fail({
      code: 'unknown_resource_type',
      summary: `There is no resource type "${type}"`,
      ...(didYouMean(type, types) ?? { advice: `"lares plugins" lists them.` }),
    })
  }
  const engine = await engineFor(opened, { env })
  const found = await engine.list(opened.lab, type, values.on)
  if (json) {
    // Attributes, and inputs of what a lab owns, may be secret, and nobody needs them for an import.
    for (const { name, identity, inputs, owner } of found) {
      writeJson(terminal, { type, on: values.on, name, identity, ...(owner ? { owner } : { inputs }) })
    }
  } else {
    const yaml = values.yaml || /\.(ya?ml|json)$/.test(opened.file)
    terminal.out(renderListing(found, { type, on: values.on, yaml }, terminal.style))
  }
  return exit.done
}

async function adopt(invocation: ImportInvocation): Promise<number> {
  const { values, positionals } = invocation
  const addresses = [...positionals]
  const request = { ...requestOf(values), targets: [...addresses, ...values.target], adopt: addresses }
  return await withPlan(invocation, request, (planning) =>
    applyPlan(planning, invocation, {
      yes: values.yes,
      question: 'Take this over?',
      advice: `Look at it on a terminal, or add --yes: lares import ${addresses.join(' ')} --yes`,
    }),
  )
}
