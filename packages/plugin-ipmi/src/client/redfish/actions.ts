import type { CallOptions } from '../driver.ts'
import { BmcError } from '../error.ts'
import { allowed } from './service.ts'
import type { RedfishSession } from './session.ts'
import { type Json, part, parts, text, texts } from './values.ts'

/**
 * Runs an action `Reset` of a resource with the first of these types that it takes; `unsupported` where it takes none.
 * Resolves when it was taken.
 */
export async function reset(
  session: RedfishSession,
  owner: Json,
  name: '#ComputerSystem.Reset' | '#Manager.Reset',
  types: readonly string[],
  options: CallOptions & { readonly what: string },
): Promise<void> {
  const action = part(part(owner.Actions)[name])
  const target = text(action.target)
  if (target === undefined) throw cannot(session, options.what)
  const takes = allowed(action, 'ResetType') ?? (await typesOf(session, action, options))
  const type = takes === undefined ? types[0] : types.find((each) => takes.includes(each))
  if (type === undefined) throw cannot(session, options.what, takes)
  await session.post(target, { ResetType: type }, options)
}

/** ActionInfo, DSP2046, in place of the annotation. */
async function typesOf(
  session: RedfishSession,
  action: Json,
  options: CallOptions & { readonly what: string },
): Promise<string[] | undefined> {
  const path = text(action['@Redfish.ActionInfo'])
  if (path === undefined) return undefined
  const { Parameters } = await session.get(path, options)
  return texts(parts(Parameters).find(({ Name }) => Name === 'ResetType')?.AllowableValues)
}

const cannot = ({ description }: RedfishSession, what: string, takes?: readonly string[]): BmcError =>
  new BmcError('unsupported', `${description}: it cannot ${what}`, {
    detail: takes ? `It takes: ${takes.join(', ')}` : '',
  })
