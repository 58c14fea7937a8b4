import { sensitive } from '@lares/core'
import * as z from 'zod'
import {
  type Check,
  type CollectorJob,
  checks,
  mysqlDsn,
  type Orchestrator,
  translationOf,
} from '../../client/index.ts'

const seconds = z.number().positive()
const port = z.int().min(1).max(65_535)
const timeout = seconds.optional().describe('Seconds that it waits for an answer')
const skipTlsVerify = z.boolean().optional().describe('Take any certificate')

const http = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !URL.canParse(url) || new URL(url).password === '', 'Give the password as "password"')
    .describe('What is asked'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).optional(),
  statusAccepted: z.array(z.int().min(100).max(599)).min(1).optional().describe('Good answers; 200 when absent'),
  responseMatch: z.string().min(1).optional().describe('A regular expression (of Go) that the answer must match'),
  headers: z.record(z.string(), sensitive(z.string())).optional(),
  timeout,
  username: z.string().optional(),
  password: sensitive(z.string()).optional(),
  skipTlsVerify,
})
const ports = z.strictObject({
  host: z.string().min(1).describe('Its name or address'),
  ports: z.array(port).min(1).describe('TCP ports'),
  timeout,
})
const docker = z.strictObject({
  address: z.string().default('unix:///var/run/docker.sock').describe('Its socket, as the agent reaches it'),
})
const account = z.strictObject({
  user: z
    .string()
    .regex(/^[^:@/]+$/, 'Expected a name without : @ /')
    .default('netdata'),
  password: sensitive(z.string()).optional(),
  host: z.string().min(1).default('127.0.0.1').describe('A name, an address, or the path of a socket'),
  port: port.default(3306),
})
const certificate = z.strictObject({
  source: z
    .string()
    .regex(/^(https|tcp|tcp4|tcp6|udp|udp4|udp6|smtp|file):\/\//, 'Expected https://…, tcp://…, smtp://… or file://…')
    .describe('Where the certificate is: `https://host:port`, `smtp://host:port`, `file:///path`'),
  warningDays: z
    .int()
    .positive()
    .optional()
    .describe('Agents whose collector has this setting warn so many days before'),
  criticalDays: z.int().positive().optional(),
  timeout,
  skipTlsVerify,
})
const ping = z.strictObject({
  hosts: z.array(z.string().min(1)).min(1),
  interval: seconds.optional().describe('Seconds between two packets of a round'),
  packets: z.int().positive().optional().describe('Of a round'),
})

const fields = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w-]*$/, 'Expected letters, digits, - and _')
    .optional()
    .describe("Of the job, which is in the names of its charts; the resource's own when absent, with `_` for `/`"),
  http: http.optional().describe('Asks for a URL and looks at the answer'),
  port: ports.optional().describe('Opens TCP connections'),
  docker: docker.optional().describe('Counts the containers of an engine and tells their health'),
  mysql: z
    .union([account, z.strictObject({ dsn: sensitive(z.string().min(1)) })])
    .optional()
    .describe('MySQL or MariaDB: an account, or `dsn`, as the driver of Go takes it'),
  certificate: certificate.optional().describe('How long a certificate is good'),
  ping: ping.optional().describe('Packets there and back, and how many are lost'),
  module: z
    .string()
    .regex(/^\w+$/, 'Expected the name of a module')
    .optional()
    .describe('Any other module of the orchestrator, with `settings`'),
  settings: sensitive(z.record(z.string(), z.json()))
    .optional()
    .describe('Of `module`, in the words of its file; as secrets may be anywhere in it, nobody is shown it'),
  orchestrator: z
    .enum(['go.d', 'python.d'])
    .optional()
    .describe('What runs the module; when absent `go.d`, or `python.d` where the agent has no `go.d`, as in Debian'),
  every: z.int().positive().optional().describe('Seconds between two measurements'),
  retryEvery: z
    .int()
    .nonnegative()
    .default(60)
    .describe('Seconds until it is tried again when it could not begin; 0: never'),
})
const kinds = [...checks, 'module'] as const

export const inputs = fields
  .refine((wanted) => kinds.filter((kind) => wanted[kind] !== undefined).length === 1, {
    path: ['module'],
    message: `Expected exactly one of ${kinds.join(', ')}`,
  })
  .refine(({ module, settings }) => module !== undefined || settings === undefined, {
    path: ['settings'],
    message: 'Settings belong to a module; a check has its own inputs',
  })
export type Inputs = z.output<typeof inputs>

/** The module and its job; undefined where the orchestrator has no module for the check. */
export function jobOf(
  wanted: Inputs,
  orchestrator: Orchestrator,
  address: string,
): { module: string; job: CollectorJob } | undefined {
  const { module, settings, every, retryEvery } = wanted
  const common = { ...(every === undefined ? {} : { update_every: every }), autodetection_retry: retryEvery }
  const name = nameOf(wanted, address)
  if (module !== undefined) return { module, job: { name, settings: { ...common, ...settings } } }
  const check = checkOf(wanted)
  const known = translationOf(check, orchestrator)
  if (!known) return undefined
  const said = Object.entries(saidOf(wanted, check)).filter(([, value]) => value !== undefined)
  const translated = Object.fromEntries(said.map(([key, value]) => [known.settings[key]!, value]))
  return { module: known.module, job: { name, settings: { ...common, ...translated } } }
}

export const nameOf = ({ name }: Inputs, address: string): string => name ?? address.replaceAll('/', '_')
export const checkOf = (wanted: Inputs): Check => checks.find((check) => wanted[check] !== undefined)!

function saidOf(wanted: Inputs, check: Check): Record<string, unknown> {
  const { mysql, ping: round } = wanted
  if (check === 'mysql' && mysql) return { dsn: 'dsn' in mysql ? mysql.dsn : mysqlDsn(mysql) }
  if (check === 'ping' && round) return { ...round, interval: round.interval && `${round.interval * 1000}ms` }
  return wanted[check] as Record<string, unknown>
}
