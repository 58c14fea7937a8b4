import { declaredType, type ResourceType } from '@lares/core'
import { parseArguments } from '../arguments.ts'
import { defineCommand, exit, type OptionSpec, type OptionSpecs } from '../command.ts'
import { engineFor } from '../engine.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeJson } from '../json.ts'
import { openLab } from '../lab.ts'
import { tellMisuse } from '../misuse.ts'
import { configOptions, lockOptions } from '../options.ts'
import { renderActions } from '../render/actions.ts'

export const run = defineCommand({
  summary: 'Do something with a resource: restart it, show its logs',
  description: [
    'Without an action, lists those that the resource has. What stands after the action belongs to it: its options, and',
    'after "--" its words. What the action says goes to standard output as it is, and the exit code is the action\'s own.',
  ].join('\n'),
  usage: 'ADDRESS [ACTION [OPTION...] [-- WORD...]]',
  options: { ...configOptions, ...lockOptions },
  positionals: { min: 1, max: 2 },
  rest: 2,
  examples: [
    { about: 'What can be done with web', command: 'lares run web' },
    { about: 'Follow its logs', command: 'lares run web logs --follow --tail 100' },
    { about: 'Save a database', command: 'lares run db exec -- pg_dump -U app app > app.sql' },
  ],
  async run(invocation) {
    const { positionals, rest, env, terminal, json } = invocation
    const [address = '', action] = positionals
    const opened = await openLab(invocation)
    const type = declaredType(opened.lab, address)
    const actions = type.actions ?? {}
    if (action === undefined) {
      if (json)
        for (const [name, { description }] of Object.entries(actions)) writeJson(terminal, { name, description })
      else terminal.out(renderActions(type, terminal.style))
      return exit.done
    }
    const parsed = parseArguments(actionOptions(type, action), rest)
    if (!('values' in parsed)) {
      tellMisuse(parsed, `lares run ${address} ${action}`, invocation)
      return exit.failed
    }
    process.chdir(opened.directory)
    const interrupt = onInterrupt((message) => terminal.err(`${message}\n`))
    try {
      const engine = await engineFor(opened, { env, signal: interrupt.stop, abort: interrupt.abort })
      return await engine.run(opened.lab, {
        address,
        action,
        options: Object.fromEntries(
          Object.entries(parsed.values).filter(([, value]) => value !== undefined && value !== false),
        ),
        words: parsed.positionals,
        ...(process.stdin.isTTY ? {} : { input: process.stdin }),
        write: (chunk, to) => void process[to].write(chunk),
      })
    } finally {
      interrupt.close()
    }
  },
})

/** The options of an action, as its schema has them. */
export function actionOptions(type: ResourceType, action: string): OptionSpecs {
  const shape = type.actions?.[action]?.options?.shape ?? {}
  return Object.fromEntries(
    Object.entries<Schema & { description?: string }>(shape).map(([name, schema]): [string, OptionSpec] => [
      name,
      { type: isFlag(schema) ? 'boolean' : 'string', summary: schema.description ?? '' },
    ]),
  )
}

type Schema = { _zod: { def: { type: string; innerType?: Schema } } }

const isFlag = ({ _zod: { def } }: Schema): boolean => (def.innerType ? isFlag(def.innerType) : def.type === 'boolean')
