import { type Discovered, didYouMean, fail, type Lab } from '@lares/core'
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
    'With resource types, lists the objects of these types that are there, as lines for the config; "docker.*" means all',
    'types of a plugin that can be listed. With addresses of the config, takes the objects that they stand for into the',
    'lab: from then on they are changed and deleted with it.',
  ].join('\n'),
  usage: 'TYPE... | ADDRESS...',
  options,
  positionals: { min: 1, max: 1000 },
  examples: [
    { about: 'Which containers run on tower', command: 'lares import docker.container --on tower' },
    { about: 'Everything in an account', command: "lares import 'cloudflare.*' --on cf" },
    { about: 'Take one over that the config declares', command: 'lares import web' },
  ],
  async run(invocation: ImportInvocation) {
    const [types, addresses] = [true, false].map((isType) =>
      invocation.positionals.filter((word) => word.includes('.') === isType),
    ) as [string[], string[]]
    if (types.length === 0) return await adopt(invocation)
    if (addresses.length > 0) fail({ code: 'usage', summary: 'It takes resource types, or addresses' })
    return await discover(types, invocation)
  },
})

async function discover(names: readonly string[], { cwd, env, values, terminal, json }: ImportInvocation) {
  const opened = await openLab({ cwd, values })
  const types = [...new Set(names.flatMap((name) => typesNamed(opened.lab, name)))]
  const engine = await engineFor(opened, { env })
  const found: (Discovered & { type: string })[] = []
  for (const type of types)
    found.push(...(await engine.list(opened.lab, type, values.on)).map((object) => ({ ...object, type })))
  if (json) {
    // Attributes, and inputs of what a lab owns, may be secret, and nobody needs them for an import.
    for (const { type, name, identity, inputs, owner } of found) {
      writeJson(terminal, { type, on: values.on, name, identity, ...(owner ? { owner } : { inputs }) })
    }
  } else {
    const yaml = values.yaml || /\.(ya?ml|json)$/.test(opened.file)
    terminal.out(renderListing(found, { types, on: values.on, yaml }, terminal.style))
  }
  return exit.done
}

/** One type, or with a star all of a plugin that can be listed. */
function typesNamed({ plugins }: Lab, name: string): string[] {
  const listed = plugins.flatMap(({ types }) => [...types].flatMap(([type, { list }]) => (list ? type : [])))
  const all = plugins.flatMap(({ types, composites }) => [...types.keys(), ...composites.keys()])
  const found = name.endsWith('.*')
    ? listed.filter((type) => type.startsWith(name.slice(0, -1)))
    : all.filter((type) => type === name)
  if (found.length > 0) return found
  return fail({
    code: 'unknown_resource_type',
    summary: `There is no resource type "${name}"`,
    ...(didYouMean(name, all) ?? { advice: `"lares plugins" lists them.` }),
  })
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
