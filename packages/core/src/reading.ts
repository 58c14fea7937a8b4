import { type Connection, type Connections, type Giver, type GiverOf, Unavailable } from './connections.ts'
import { type Diagnostic, type DiagnosticInput, toDiagnostics, warning } from './diagnostics.ts'
import { lookupIn } from './known.ts'
import { batcher, deadline, isRetryable, isSilence, pause } from './limits.ts'
import type { ModelResource } from './model.ts'
import { containsExpression, decodeTree, resolveTree, type SecretSource } from './ref.ts'
import type { Owner, PrepareContext, ReadContext, ResourceType } from './resource.ts'
import { checkValue } from './schema.ts'
import type { ResourceRecord } from './state.ts'
import type { Json } from './value.ts'

export type Attributes = Record<string, unknown>

const READ_TIMEOUT = 60_000

type SecretOf = (source: SecretSource) => string | undefined

/** The inputs of a record with their secrets read again; where one cannot be read, UNKNOWN stands for it. */
export const recordedInputs = (record: ResourceRecord, secretOf: SecretOf): Attributes =>
  resolveTree(
    decodeTree(record.inputs) as Attributes,
    lookupIn(() => undefined, secretOf),
  ).value

/** The inputs of a record as its type takes them; undefined where a secret is gone or they no longer validate. */
export function validInputs(type: ResourceType, record: ResourceRecord, secretOf: SecretOf): Attributes | undefined {
  const inputs = recordedInputs(record, secretOf)
  if (containsExpression(inputs)) return undefined
  const { value, diagnostics } = checkValue(type.inputs, inputs, '', 'invalid_input')
  return diagnostics.length === 0 ? value : undefined
}

/** Why a question had no answer. Nothing is wrong with the lab when somebody does not answer. */
export function unanswered(error: unknown, about: { address: string; summary: string }): Diagnostic[] {
  if (error instanceof Unavailable) return [...error.diagnostics]
  return toDiagnostics(error, about).map((one) => (isSilence(one.code) ? { ...one, severity: 'warning' } : one))
}

export interface Reading {
  type: ResourceType
  address: string
  owner: Owner
  connection: Connection | undefined
  identity: string
  record: ResourceRecord | undefined
  inputs: Attributes | undefined
  timeout: number | undefined
  self(attributes?: Attributes): Promise<unknown>
  log(message: string): void
}

/** Opens the connection that a resource itself provides. */
export async function selfOf(
  connections: Connections,
  address: string,
  type: ResourceType,
  inputs: Attributes | undefined,
  on: string | undefined,
  giverOf: GiverOf,
  attributes: Attributes | undefined,
): Promise<unknown> {
  if (!inputs) throw new Unavailable('pending', address)
  const giver: Giver = { type, inputs, attributes, ...(on === undefined ? {} : { on }) }
  return (await connections.provided(address, giver, giverOf)).client
}

/** Reads one object, sharing a call with others of its type and connection that are asked for at the same time. */
export function createReader(signal: AbortSignal): (reading: Reading) => Promise<Attributes | null> {
  const batches = new Map<string, (reading: Reading) => Promise<unknown>>()
  return async (reading) => {
    const { type, connection, address } = reading
    let answer: unknown
    const { readMany } = type
    if (readMany) {
      const key = `${type.type} ${connection?.key ?? ''}`
      let ask = batches.get(key)
      if (!ask) {
        ask = batcher((readings: readonly Reading[]) =>
          attempt(reading, signal, (inner) => readMany(readings.map((one) => readContext(one, inner) as never))),
        )
        batches.set(key, ask)
      }
      answer = await ask(reading)
    } else answer = await attempt(reading, signal, (inner) => type.read(readContext(reading, inner) as never))
    if (answer === null) return null
    const checked = checkValue(type.attributes, answer, address, 'invalid_attributes')
    if (checked.diagnostics.length > 0) throw invalidAttributes(type, checked.diagnostics)
    return checked.value
  }
}

/** A plugin returned what its own schema does not allow: a bug of the plugin. */
export const invalidAttributes = (type: ResourceType, diagnostics: readonly Diagnostic[]): Error =>
  Object.assign(
    new Error(
      `the plugin returned invalid attributes: ${diagnostics.map((d) => `${d.path}: ${d.summary}`).join('; ')}`,
    ),
    {
      code: 'invalid_attributes',
      advice: `This is a bug in ${type.plugin?.package ?? type.type}: please report it.`,
    },
  )

const RETRY_PAUSE = 250
const READ_RETRIES = 2

async function attempt<T>(
  reading: Reading,
  signal: AbortSignal,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { connection, timeout } = reading
  for (let attempts = 0; ; attempts++) {
    try {
      const run = () => deadline(timeout ?? READ_TIMEOUT, signal, read)
      return await (connection ? connection.limitReads(run) : run())
    } catch (error) {
      if (attempts >= READ_RETRIES || !isRetryable(error)) throw error
      await pause(RETRY_PAUSE * 2 ** attempts, signal)
    }
  }
}

const readContext = (
  { type, address, owner, connection, identity, record, inputs, self, log }: Reading,
  signal: AbortSignal,
): ReadContext<Attributes, unknown, unknown> => {
  const interrupted = record?.pending === 'create'
  return {
    address,
    owner,
    connection: connection?.client,
    signal,
    log,
    self,
    identity,
    // While a creation's outcome is not known, the object is whatever is found.
    recorded: interrupted ? undefined : record?.attributes,
    interrupted,
    superseded: (record?.deposed ?? [])
      .filter(({ type: other }) => other === type.type)
      .map(({ attributes }) => attributes),
    inputs,
  }
}

/** Runs a type's `prepare` on its connection. */
export async function prepareObject(
  resource: ModelResource,
  ...rest: Surroundings
): Promise<{ prepared: Json; diagnostics: Diagnostic[] }> {
  const { answer, diagnostics } = await lookAround(resource, (context) => resource.type.prepare!(context), ...rest)
  return { prepared: answer, diagnostics }
}

/** Runs a type's `check` on its connection. */
export const checkObject = async (resource: ModelResource, ...rest: Surroundings): Promise<Diagnostic[]> =>
  (await lookAround(resource, (context) => resource.type.check!(context), ...rest)).diagnostics

type Surroundings = [
  inputs: Attributes,
  connection: Connection | undefined,
  tools: Pick<Reading, 'self' | 'log'>,
  signal: AbortSignal,
]

async function lookAround<T>(
  { address, owner, timeouts }: ModelResource,
  look: (context: PrepareContext<never, unknown>) => Promise<T>,
  ...[inputs, connection, { self, log }, signal]: Surroundings
): Promise<{ answer: T; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = []
  const context = {
    ...{ address, owner, connection: connection?.client, inputs: inputs as never, log, self },
    warn: (diagnostic: DiagnosticInput) => void diagnostics.push(warning({ address, ...diagnostic })),
  }
  const run = () => deadline(timeouts.read ?? READ_TIMEOUT, signal, (inner) => look({ ...context, signal: inner }))
  return { answer: await (connection ? connection.limitReads(run) : run()), diagnostics }
}
