import { sensitive } from '@lares/core'
import * as z from 'zod'
import { DURATION_PATTERN } from '../../client/index.ts'

/** What stands for the container in a URL or a host. */
export const CONTAINER = 'container'

const duration = z.string().regex(DURATION_PATTERN, 'not a duration such as 30s or 1m30s').optional()
const port = z.int().min(1).max(65_535)
const json: z.ZodType<unknown> = z.json()

const isUrl = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? '')

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text))
  } catch {
    return false
  }
}

const shape = {
  http: z
    .strictObject({
      url: z
        .string()
        .refine(isUrl, 'not a URL with http: or https:')
        .describe('Asked from the machine of the engine; the host `container` is the new container itself'),
      status: z
        .union([z.int(), z.array(z.int()).min(1)])
        .optional()
        .describe('Statuses that are good; 200 to 399 when absent. A redirect is not followed'),
      headers: z.record(z.string(), sensitive(z.string())).optional().describe('Headers of the request'),
      body: z
        .string()
        .refine(isPattern, 'not a regular expression')
        .optional()
        .describe('Regular expression that the body matches somewhere'),
      json: z
        .array(
          z.strictObject({
            path: z.array(z.union([z.string(), z.int()])).describe("`['alarms', 'system.load.high', 'status']`"),
            oneOf: z.array(json).min(1).describe('Values of which it is to be one'),
          }),
        )
        .optional()
        .describe('What stands at places of the body, which is JSON'),
      insecure: z.boolean().optional().describe('Take any certificate'),
    })
    .optional()
    .describe('A page that answers as it should'),
  tcp: z
    .strictObject({
      host: z.string().min(1).optional().describe('`127.0.0.1` when absent; `container` is the new container itself'),
      port: port.describe('Port'),
    })
    .optional()
    .describe('A port that takes connections, and keeps them or says something'),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('A program with arguments that ends with code 0 in the new container'),
  every: duration.describe('Time between two questions; 1s when absent'),
  within: duration.describe('Time until it is good; 60s when absent'),
  for: duration.describe('Time that it has to stay good before the old container goes; none when absent'),
  timeout: duration.describe('Time for one answer; 5s when absent'),
}

const service = z
  .string()
  .optional()
  .describe('Service that it is about: asked when a container of it is replaced. Otherwise when any of the project is')

const asksOneThing = ({ http, tcp, command }: Check): boolean =>
  [http, tcp, command].filter((one) => one !== undefined).length === 1
const ONE_THING = 'Expected one of "http", "tcp" and "command"'

/** A question whose answer decides whether an update is good. */
export interface Check extends z.output<z.ZodObject<typeof shape>> {
  /** In a project. */
  service?: string | undefined
}

/** True for what can be asked of one container only. */
export const isOfContainer = ({ http, tcp, command }: Check): boolean =>
  command !== undefined ||
  tcp?.host === CONTAINER ||
  (http !== undefined && URL.parse(http.url)?.hostname === CONTAINER)

export const checksInput = z
  .array(z.strictObject(shape).refine(asksOneThing, ONE_THING))
  .optional()
  .describe('What has to be good before an update takes the old container away')

export const projectChecksInput = z
  .array(
    z
      .strictObject({ service, ...shape })
      .refine(asksOneThing, ONE_THING)
      .refine((check) => check.service !== undefined || !isOfContainer(check), {
        path: ['service'],
        message: 'What is asked of a container needs the service that it is of',
      }),
  )
  .optional()
  .describe('What has to be good before an update takes an old container away')
