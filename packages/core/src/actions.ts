import { addressNamed } from './addresses.ts'
import type { Lab } from './config.ts'
import { Unavailable } from './connections.ts'
import { alreadyExists, holderOf } from './decide.ts'
import { didYouMean, fail, hasErrors, LaresError, toDiagnostics } from './diagnostics.ts'
import type { Connected, Reach } from './inquiries.ts'
import { buildModel } from './model.ts'
import { selfOf, validInputs } from './reading.ts'
import type { ResourceAction, ResourceType } from './resource.ts'
import { checkValue } from './schema.ts'
import type { StateStore } from './state.ts'
import type { Subject } from './subject.ts'

export interface ActionRequest {
  address: string
  action: string
  /** By the names of the action's schema. */
  options?: Record<string, unknown>
  /** Further words, such as a command. */
  words?: readonly string[]
  /** What the action reads. */
  input?: AsyncIterable<Uint8Array>
  /** Takes what the action says, as it says it: nothing is masked. */
  write(chunk: Uint8Array | string, to: 'stdout' | 'stderr'): void
}

export type RunAction = (lab: Lab, request: ActionRequest) => Promise<number>

/** Runs actions, each on what is there now and is ours. One that changes something holds the lock meanwhile. */
export function createActionRunner(connected: Connected, store: StateStore, abort: AbortSignal): RunAction {
  return (lab, request) =>
    connected(
      lab,
      ({ resources }) => [addressNamed(request.address, [...resources.keys()], 'the config')],
      async (reach, [address = '']) => {
        const subject = reach.subjects.get(address)!
        const { type } = subject.resource!
        const action = offered(type, address, request)
        const options = action.options ? checked(action.options, request.options ?? {}, address) : {}
        if (action.readOnly) return await perform(reach, request, subject, type, action, options)
        const session = await store.open(`run ${address} ${request.action}`, abort)
        try {
          return await perform(reach, request, subject, type, action, options)
        } finally {
          await session.close()
        }
      },
    )
}

/**
 * The type of the resource that a name means in a lab.
 * @throws LaresError `unknown_address`, `several_addresses`, or every problem of a lab that is not valid
 */
export function declaredType(lab: Lab, name: string): ResourceType {
  const { model, diagnostics } = buildModel(lab)
  if (hasErrors(diagnostics)) throw new LaresError(diagnostics)
  return model.resources.get(addressNamed(name, [...model.resources.keys()], 'the config'))!.type
}

function offered(type: ResourceType, address: string, { action: name, words = [] }: ActionRequest): ResourceAction {
  const actions = type.actions ?? {}
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action) {
    checkWords(action, words, `lares run ${address} ${name}`)
    return action
  }
  const names = Object.keys(actions)
  return fail({
    code: 'unknown_action',
    address,
    summary: `${type.type} has no action "${name}"`,
    ...(didYouMean(name, names) ?? (names.length > 0 ? { advice: `It has: ${names.join(', ')}.` } : {})),
  })
}

function checkWords(action: ResourceAction, words: readonly string[], command: string): void {
  if (action.words === undefined && words.length > 0)
    fail({ code: 'usage', summary: `"${words[0]}" is too much`, advice: `${command} takes options only.` })
  if (action.words !== undefined && !action.words.startsWith('[') && words.length === 0)
    fail({ code: 'usage', summary: 'Something is missing', advice: `Write ${command} -- ${action.words}` })
}

async function perform(
  reach: Reach,
  { action: name, words = [], input, write }: ActionRequest,
  subject: Subject,
  type: ResourceType,
  action: ResourceAction,
  options: Record<string, unknown>,
): Promise<number> {
  const { observer, connections, secretOf, abort } = reach
  const { address, owner, resource, record } = subject
  const observation = await observer.observe(address)
  const { attributes, identity } = observation
  if (observation.status === 'unreachable' || observation.status === 'failed')
    throw new LaresError(observation.diagnostics)
  if (!attributes || identity === undefined)
    return fail({ code: 'absent', address, summary: 'It is not there', advice: 'Bring it about: lares apply' })
  const holder = holderOf(subject, attributes)
  if (holder !== 'ours') throw new LaresError([alreadyExists(subject, observation, holder)])
  const { on } = resource!
  const inputs = record ? validInputs(type, record, secretOf) : undefined
  try {
    const connection = type.provider ? await connections.acquire(type.provider, on, observer.giverOf) : undefined
    const context = {
      address,
      owner,
      identity,
      inputs,
      observed: attributes,
      connection: connection?.client,
      signal: abort,
      options,
      words,
      input,
      write,
      log: (message: string) => write(`${message}\n`, 'stderr'),
      self: (known?: Record<string, unknown>) =>
        selfOf(connections, address, type, inputs, on, observer.giverOf, known ?? attributes),
    }
    return (await action.run(context)) ?? 0
  } catch (error) {
    if (error instanceof Unavailable) throw new LaresError(error.diagnostics)
    throw new LaresError(toDiagnostics(error, { address, summary: `Cannot ${name}` }), { cause: error })
  }
}

function checked(
  schema: ResourceType['inputs'],
  value: Record<string, unknown>,
  address: string,
): Record<string, unknown> {
  const { value: valid, diagnostics } = checkValue(schema, value, address, 'invalid_input')
  if (diagnostics.length > 0) throw new LaresError(diagnostics)
  return valid
}
