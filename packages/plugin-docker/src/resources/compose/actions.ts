import type { ObjectContext, ResourceAction } from '@lares/core'
import { fail } from '@lares/core'
import * as z from 'zod'
import type { OutputChunk } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { execOptions, graceOptions, logOptions } from '../container/actions.ts'
import { progressLog } from '../image/progress.ts'
import type { Found, FoundContainer } from './found.ts'
import { hooksOfFiles, runHooks } from './hooks.ts'
import { observe } from './memory.ts'
import { stopOrder } from './order.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'

type ComposeAction<O extends z.ZodObject = z.ZodObject> = ResourceAction<
  ComposeInputs,
  ComposeAttributes,
  DockerConnection,
  unknown,
  O
>

const service = z.string().optional().describe('Only this service')
const DAY_MS = 86_400_000

async function containersOf(
  connection: DockerConnection,
  { project, services }: ComposeAttributes,
  only: string | undefined,
  signal: AbortSignal,
): Promise<FoundContainer[]> {
  if (only !== undefined && !services[only])
    fail({
      code: 'usage',
      summary: `There is no service "${only}"`,
      advice: `There are: ${Object.keys(services).join(', ')}`,
    })
  const [found] = (await observe(connection, [project], signal)) as [Found]
  return found.containers.filter((one) => only === undefined || one.service === only)
}

const start: ComposeAction<z.ZodObject<{ service: typeof service }>> = {
  description: 'Start it, what is depended on first',
  options: z.object({ service }),
  async run(context) {
    await startProject(context, context.options.service)
    return undefined
  },
}

type ProjectContext = ObjectContext<ComposeInputs, ComposeAttributes, DockerConnection>

/** Starts what is depended on first; all of it, or one service. */
export async function startProject(context: ProjectContext, only: string | undefined): Promise<void> {
  const { connection, observed, signal } = context
  const all = await containersOf(connection, observed, only, signal)
  const hooks = await hooksOfFiles(context, all)
  const startOne = async ({ inspect: { Id: id }, name, service }: FoundContainer) => {
    if (await connection.containers.start(id, { signal }))
      await runHooks(context, 'postStart', { id, name }, hooks.get(service))
  }
  for (const step of stopOrder(all).toReversed()) await Promise.all(step.map(startOne))
}

const stopOptions = graceOptions.extend({ service })

const stop: ComposeAction<typeof stopOptions> = {
  description: 'Stop it, what depends on others first; the next apply starts it again',
  options: stopOptions,
  async run(context) {
    await stopProject(context, context.options)
    return undefined
  },
}

/** Stops what depends on others first; all of it, or one service. */
export async function stopProject(
  context: ProjectContext,
  { service: only, grace }: z.output<typeof stopOptions>,
): Promise<void> {
  const { connection, observed, signal } = context
  const all = await containersOf(connection, observed, only, signal)
  const limit = grace === undefined ? {} : { grace }
  const hooks = await hooksOfFiles(context, all)
  const stopOne = async ({ inspect: { Id: id, State }, name, service }: FoundContainer) => {
    if (State.Running) await runHooks(context, 'preStop', { id, name }, hooks.get(service))
    await connection.containers.stop(id, { ...limit, signal })
  }
  for (const step of stopOrder(all)) await Promise.all(step.map(stopOne))
}

const restart: ComposeAction<typeof stopOptions> = {
  description: 'Stop it and start it again',
  options: stopOptions,
  async run(context) {
    await stop.run(context)
    await start.run(context)
    return undefined
  },
}

const pull: ComposeAction<z.ZodObject<{ service: typeof service }>> = {
  description: 'Pull the images that its containers use; the next apply replaces what runs on older ones',
  options: z.object({ service }),
  async run({ connection, observed, options, log, signal }) {
    const all = await containersOf(connection, observed, options.service, signal)
    const references = new Set(all.flatMap(({ inspect }) => inspect.Config.Image ?? []))
    for (const reference of references) {
      log(`pulling ${reference}`)
      await connection.known.pull(reference, { signal, onProgress: progressLog(reference, log) })
    }
    return undefined
  },
}

const composeLogOptions = logOptions.extend({ service })

const logs: ComposeAction<typeof composeLogOptions> = {
  description: 'Show what its containers say, each line with the name of its container',
  options: composeLogOptions,
  readOnly: true,
  async run({ connection, observed, options: { service: only, ...options }, signal, write }) {
    const all = await containersOf(connection, observed, only, signal)
    const names = new Map(all.map((one) => [one, `${one.service}-${one.number}`]))
    const width = Math.max(0, ...[...names.values()].map(({ length }) => length))
    await Promise.all(
      all.map(async (one) => {
        const lines = byLine((line, source) => write(`${names.get(one)!.padEnd(width)} | ${line}\n`, source))
        for await (const chunk of connection.containers.logs(one.inspect.Id, { ...options, signal })) lines.take(chunk)
        lines.end()
      }),
    )
    return undefined
  },
}

/** Puts chunks together to lines, so that those of several containers don't run into each other. */
function byLine(tell: (line: string, source: OutputChunk['source']) => void) {
  const rest = { stdout: '', stderr: '' }
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  return {
    take({ source, data }: OutputChunk) {
      const lines = (rest[source] + decoders[source].decode(data, { stream: true })).split('\n')
      rest[source] = lines.pop()!
      for (const line of lines) tell(line, source)
    },
    end() {
      for (const source of ['stdout', 'stderr'] as const) if (rest[source] !== '') tell(rest[source], source)
    },
  }
}

const composeExecOptions = execOptions.extend({
  service: z.string().optional().describe('In which service; needed where there are several'),
})

const exec: ComposeAction<typeof composeExecOptions> = {
  description: 'Run a command in a container of a service',
  options: composeExecOptions,
  words: 'COMMAND...',
  // What the command does is between it and the container: the lab stays as it is.
  readOnly: true,
  async run({ connection, observed, options: { service: only, user, workdir }, words, input, signal, write }) {
    const all = await containersOf(connection, observed, only, signal)
    const services = new Set(all.map((one) => one.service))
    if (services.size > 1)
      fail({
        code: 'usage',
        summary: 'In which service?',
        advice: `Say --service, one of: ${[...services].join(', ')}`,
      })
    const first = all.toSorted((a, b) => a.number - b.number)[0]
    if (!first) return fail({ code: 'absent', summary: 'It has no container', advice: 'Bring it about: lares apply' })
    const [program, ...args] = words as [string, ...string[]]
    const { exitCode } = await connection.containers.exec(first.inspect.Id, [program, ...args], {
      ...{ user, workingDir: workdir, input, signal, timeoutMs: DAY_MS },
      onOutput: ({ source, data }) => write(data, source),
    })
    return exitCode
  },
}

export const composeActions = { start, stop, restart, pull, logs, exec }
