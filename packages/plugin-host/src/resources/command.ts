import { type CreateContext, defineResource, fail, type ReadContext } from '@lares/core'
import { type ExecResult, type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { check, perform } from '../client/commands.ts'
import { readPaths } from '../client/paths.ts'
import { pathInput } from './place.ts'

const script = z.string().min(1)
const json: z.ZodType<unknown> = z.json()

const inputs = z
  .object({
    create: script.describe('A sh script that brings it about'),
    check: script.optional().describe('A sh script that looks: status 0 when it is there, 1 when it is not'),
    creates: pathInput.optional().describe('It is there when this path is, in place of `check`'),
    update: script.optional().describe('Run when `triggers`, `env` or a script changes; `create` when absent'),
    delete: script.optional().describe('A sh script that takes it away; without it, it stays'),
    cwd: pathInput.optional().describe('Directory that the scripts run in'),
    env: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
      .optional()
      .describe('Variables of the scripts; may be secret'),
    triggers: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .describe('Values that make it run again when they change: `{ config: file.digest }`'),
    outputs: z
      .enum(['none', 'text', 'json'])
      .default('none')
      .describe(
        "What becomes of the check's standard output, or of the script's without a check: `text` and `json` become attributes",
      ),
  })
  .refine(({ check: look, creates }) => !look || !creates, {
    path: ['creates'],
    message: '"check" and "creates" exclude each other',
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  stdout: z.string().optional().describe('What it printed, without the line break at the end, with `outputs: text`'),
  json: json.optional().describe('What it printed, with `outputs: json`'),
})
type Attributes = z.output<typeof attributes>

/** What output becomes. Throws a diagnostic when it is not what was said. */
function outputsOf({ outputs }: Inputs, { stdout }: ExecResult): Attributes {
  if (outputs === 'none') return {}
  if (outputs === 'text') return { stdout: stdout.replace(/\n$/, '') }
  try {
    return { json: JSON.parse(stdout) as Attributes['json'] }
  } catch (error) {
    const summary = `What was printed is no JSON: ${(error as Error).message}`
    return fail(
      { code: 'output_invalid', path: 'outputs', summary, advice: 'Print nothing else to standard output.' },
      error,
    )
  }
}

const withScript = ({ cwd, env }: Inputs, text: string) => ({ script: text, cwd, env })

async function read({ connection, inputs: wanted, recorded, signal }: ReadContext<Inputs, Attributes, Host>) {
  if (wanted?.check !== undefined) {
    const found = await check(connection, withScript(wanted, wanted.check), signal)
    return found && outputsOf(wanted, found)
  }
  if (wanted?.creates !== undefined) {
    const found = (await readPaths(connection, [wanted.creates], { signal })).get(wanted.creates)
    if (found instanceof Error) throw found
    return found ? (recorded ?? {}) : null
  }
  // Nothing can be looked at: what was done once is done.
  return recorded ?? null
}

async function run(context: CreateContext<Inputs, Host>, text: string): Promise<Attributes> {
  const { connection, inputs: wanted, signal } = context
  const done = await perform(connection, withScript(wanted, text), signal)
  if (wanted.check === undefined) return outputsOf(wanted, done)
  const found = await check(connection, withScript(wanted, wanted.check), signal)
  if (found) return outputsOf(wanted, found)
  return fail({
    code: 'check_failed',
    path: 'check',
    summary: 'It was carried out, and the check still says that it is not there',
    advice: 'A check exits with 0 when there is nothing to do.',
  })
}

export const command = defineResource({
  type: 'host.command',
  description: 'Whatever scripts bring about: the way out where no type fits',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs,
  attributes,
  identity: (_, owner) => owner.address,
  readsInputs: true,
  read,
  // A check that is written in another way is no other thing.
  diff: ({ diff, recorded }) =>
    recorded === undefined ? [] : diff({ skip: ['check', 'creates', 'delete', 'outputs', 'cwd'] }),
  create: (context) => run(context, context.inputs.create),
  update: (context) => run(context, context.inputs.update ?? context.inputs.create),

  async delete({ connection, inputs: last, signal }) {
    if (last?.delete !== undefined) await perform(connection, withScript(last, last.delete), signal)
  },
})
