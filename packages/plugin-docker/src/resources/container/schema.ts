import * as z from 'zod'
import { canonicalOptions, NAME_PATTERN } from '../../client/index.ts'
import { containerOptions } from '../../options.ts'
import { attachmentOptions } from '../../options-parts.ts'
import { checksInput } from '../checks/schema.ts'
import { labelsInput, ownerAttribute } from '../owner.ts'
import { optionsOf } from './options.ts'

const { networks: networksOption, ...options } = containerOptions.shape

const shape = {
  name: z
    .string()
    .regex(NAME_PATTERN, 'letters, digits, "_", "." and "-", at least two of them')
    .optional()
    .describe("Name on the engine; the resource's own when absent"),
  ...options,
  labels: labelsInput,
  networks: z
    .union([
      z.array(z.union([z.string(), attachmentOptions.extend({ name: z.string().describe('The network, in a list') })])),
      z.record(z.string(), attachmentOptions),
    ])
    .optional()
    .describe('Networks to attach, by name; the first is the one that the container starts with'),
  checks: checksInput,
}

export const containerInputs = z.object(shape).superRefine((inputs, context) => {
  try {
    canonicalOptions(optionsOf(inputs))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const [, option, message] = /^([a-zA-Z]+): (.*)$/s.exec(error.message) ?? []
    const path = option !== undefined && option in shape ? [option] : []
    context.addIssue({ code: 'custom', path, message: path.length > 0 ? message! : error.message })
  }
})
export type ContainerInputs = z.output<typeof containerInputs>

export const containerAttributes = z.object({
  id: z.string(),
  name: z.string(),
  imageId: z.string().describe('Of the image that it was made from'),
  state: z.string().describe('`running`, `exited`, `created`, `paused`, `restarting`, `dead`'),
  exitCode: z.int().optional().describe('When it is not running'),
  health: z.string().optional().describe('`starting`, `healthy` or `unhealthy`; absent without a healthcheck'),
  ip: z.string().optional().describe('Its address on the first network; absent while it does not run'),
  addresses: z.record(z.string(), z.string()).describe('Its addresses, by network'),
  published: z.record(z.string(), z.int()).describe('Ports on the host as they really are, by port: `80/tcp`'),
  anonymousVolumes: z.record(z.string(), z.string()).describe('Names of volumes that nobody named, by target'),
  passing: z.literal(true).optional().describe('It is removed when it stops, as one of `docker run --rm`'),
  unfinished: z.string().optional().describe('Id of a container that an interrupted replacement left'),
  owner: ownerAttribute,
  ...options,
  labels: z.record(z.string(), z.string()).optional(),
  networks: networksOption,
})
export type ContainerAttributes = z.output<typeof containerAttributes>
