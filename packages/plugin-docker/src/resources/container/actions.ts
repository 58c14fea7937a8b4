import type { ResourceAction } from '@lares/core'
import * as z from 'zod'
import type { DockerConnection } from '../../provider.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

type ContainerAction<O extends z.ZodObject = z.ZodObject> = ResourceAction<
  ContainerInputs,
  ContainerAttributes,
  DockerConnection,
  unknown,
  O
>

export const graceOptions = z.object({ grace: z.string().optional().describe('Time to end by itself, such as 30s') })
export const logOptions = z.object({
  follow: z.boolean().optional().describe('Go on with what it says from now on'),
  tail: z.coerce.number().int().nonnegative().optional().describe('Only so many of the last lines'),
  timestamps: z.boolean().optional().describe('With the time of each line'),
})
export const execOptions = z.object({
  user: z.string().optional().describe('Who runs it'),
  workdir: z.string().optional().describe('Where it runs'),
})
const DAY_MS = 86_400_000

const start: ContainerAction = {
  description: 'Start it',
  async run({ connection, observed: { id }, signal }) {
    await connection.containers.start(id, { signal })
  },
}

const stop: ContainerAction<typeof graceOptions> = {
  description: 'Stop it; the next apply starts it again',
  options: graceOptions,
  async run({ connection, observed: { id }, options: { grace }, signal }) {
    await connection.containers.stop(id, { ...(grace === undefined ? {} : { grace }), signal })
  },
}

const restart: ContainerAction<typeof graceOptions> = {
  description: 'Stop it and start it again',
  options: graceOptions,
  async run({ connection, observed: { id }, options: { grace }, signal }) {
    await connection.containers.restart(id, { ...(grace === undefined ? {} : { grace }), signal })
  },
}

const logs: ContainerAction<typeof logOptions> = {
  description: 'Show what it has said',
  options: logOptions,
  readOnly: true,
  async run({ connection, observed: { id }, options, signal, write }) {
    for await (const { source, data } of connection.containers.logs(id, { ...options, signal })) write(data, source)
  },
}

const exec: ContainerAction<typeof execOptions> = {
  description: 'Run a command in it',
  options: execOptions,
  words: 'COMMAND...',
  // What the command does is between it and the container: the lab stays as it is.
  readOnly: true,
  async run({ connection, observed: { id }, options: { user, workdir }, words, input, signal, write }) {
    const [program, ...args] = words as [string, ...string[]]
    const { exitCode } = await connection.containers.exec(id, [program, ...args], {
      ...{ user, workingDir: workdir, input, signal, timeoutMs: DAY_MS },
      onOutput: ({ source, data }) => write(data, source),
    })
    return exitCode
  },
}

export const containerActions = { start, stop, restart, logs, exec }
