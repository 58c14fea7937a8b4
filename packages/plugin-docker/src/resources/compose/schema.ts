import type { Owner } from '@lares/core'
import * as z from 'zod'
import { projectChecksInput } from '../checks/schema.ts'
import { ownerAttribute } from '../owner.ts'

const paths = z.union([z.string(), z.array(z.string()).min(1)])

export const composeInputs = z
  .object({
    file: paths
      .optional()
      .describe('Compose files, each overriding those before it; `compose.yaml` of the directory when absent'),
    content: z.string().optional().describe('The Compose file itself, in place of `file`'),
    directory: z
      .string()
      .optional()
      .describe('What relative paths are relative to; where the first file is when absent'),
    project: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]*$/, 'lower-case letters, digits, "_" and "-", and a letter or digit first')
      .optional()
      .describe("Name of the project; the resource's own when absent"),
    environment: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('Variables for the files, before those of `.env`; nothing else of the environment gets in'),
    envFiles: paths.optional().describe('Files with variables, in place of `.env`'),
    profiles: z.array(z.string()).optional().describe('Profiles to enable; `*` for all'),
    checks: projectChecksInput,
  })
  .refine(({ file, content }) => file === undefined || content === undefined, {
    path: ['content'],
    message: '"file" and "content" exclude each other',
  })
export type ComposeInputs = z.output<typeof composeInputs>

const container = z.object({
  id: z.string(),
  name: z.string(),
  number: z.int(),
  state: z.string(),
  exitCode: z.int().optional().describe('When it is not running'),
  health: z.string().optional().describe('`starting`, `healthy` or `unhealthy`; absent without a healthcheck'),
  addresses: z.record(z.string(), z.string()).describe('Its addresses, by network'),
  published: z.record(z.string(), z.int()).describe('Ports on the host as they really are, by port: `80/tcp`'),
})

export const composeAttributes = z.object({
  project: z.string(),
  services: z.record(z.string(), z.object({ image: z.string(), imageId: z.string(), containers: z.array(container) })),
  networks: z.record(z.string(), z.object({ id: z.string(), name: z.string() })).describe('Its own, by key'),
  volumes: z.record(z.string(), z.object({ name: z.string(), mountpoint: z.string() })).describe('Its own, by key'),
  owner: ownerAttribute,
})
export type ComposeAttributes = z.output<typeof composeAttributes>

/** A name of a resource as Compose would make a project's name of it. */
export const projectOf = ({ project }: Pick<ComposeInputs, 'project'>, { address }: Owner): string =>
  project ??
  address
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
