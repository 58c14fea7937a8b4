import { addressesNamed, addressNamed } from './addresses.ts'
import { type Check, checkAll } from './checks.ts'
import { isComposite } from './composite.ts'
import type { Lab } from './config.ts'
import { type Connections, Unavailable } from './connections.ts'
import { type Diagnostic, fail, LaresError, reworded, toDiagnostics } from './diagnostics.ts'
import type { Model } from './model.ts'
import type { Observer } from './observe.ts'
import { type AskOutdated, createOutdated } from './outdated.ts'
import type { Provider } from './provider.ts'
import { invalidAttributes } from './reading.ts'
import type { SecretSource } from './ref.ts'
import type { Owner } from './resource.ts'
import { checkValue, secretPaths } from './schema.ts'
import { expandPaths, type Redactor } from './secret.ts'
import type { State } from './state.ts'
import { type AskStatus, createStatus } from './status.ts'
import type { Subject } from './subject.ts'
import { valueAt } from './value.ts'

/** A lab with its connections, which are opened when they are asked for. */
export interface Reach {
  model: Model
  state: State
  subjects: ReadonlyMap<string, Subject>
  observer: Observer
  connections: Connections
  redactor: Redactor
  secretOf(source: SecretSource): string | undefined
  text(words: string): string
  now(): number
  abort: AbortSignal
}

/** Runs with connections to the resources that are chosen and what they are on, and closes them. */
export type Connected = <T>(
  lab: Lab,
  choose: (model: Model, state: State) => readonly string[],
  use: (reach: Reach, chosen: readonly string[]) => Promise<T>,
) => Promise<T>

export interface Discovered {
  identity: string
  name: string
  attributes: Record<string, unknown>
  inputs?: Record<string, unknown>
  owner?: Owner
}

export interface Probe {
  provider: string
  /** The resource that gives the connection; this machine when missing. */
  on?: string
  ok: boolean
  ms: number
  scope?: string
  diagnostics: readonly Diagnostic[]
}

/** Questions about a lab that need no plan. */
export interface Inquiries {
  /** What is out there of one type, on one connection. */
  list(lab: Lab, type: string, on?: string): Promise<Discovered[]>
  /** Opens every connection of the lab and asks every resource what stands in its way, and tells how that went. */
  probe(lab: Lab): Promise<{ connections: Probe[]; resources: Check[] }>
  outdated: AskOutdated
  status: AskStatus
}

const everything = ({ resources }: Model): string[] => [...resources.keys()]

/** The resource that gives the connection; only the state may still know it. */
const giverOnly =
  (name: string | undefined) =>
  ({ resources }: Model): string[] => {
    if (name === undefined) return []
    const known = [...resources.keys()]
    return addressesNamed(name, known).length > 0 ? [addressNamed(name, known, 'the config')] : [name]
  }

export function createInquiries(connected: Connected): Inquiries {
  const list: Inquiries['list'] = (lab, name, on) =>
    connected(lab, giverOnly(on), async ({ connections, redactor, observer, abort }, [giver]) => {
      const type = lab.plugins.flatMap(({ types, composites }) => types.get(name) ?? composites.get(name) ?? [])[0]
      if (!type)
        return fail({
          code: 'unknown_resource_type',
          summary: `There is no resource type "${name}" in the plugins of this lab`,
        })
      if (isComposite(type) || !type.list || !type.provider) {
        const advice = isComposite(type) ? { advice: 'List the types of its parts.' } : {}
        return fail({ code: 'cannot_list', summary: `${name} cannot be listed`, ...advice })
      }
      try {
        const connection = await connections.acquire(type.provider, giver, observer.giverOf)
        const found = await connection.limit(() => type.list!(connection.client, abort))
        return found.map(({ identity, name, attributes: told }) => {
          const { value: attributes, diagnostics } = checkValue(type.attributes, told, name, 'invalid_attributes')
          if (diagnostics.length > 0) throw invalidAttributes(type, diagnostics)
          const owner = type.owner?.(attributes as never)
          const inputs = type.inputsOf?.(attributes as never)
          for (const path of expandPaths(attributes, secretPaths(type.attributes)))
            redactor.add(valueAt(attributes, path))
          return redactor.tree({
            identity,
            name,
            attributes,
            ...(inputs ? { inputs } : {}),
            ...(owner ? { owner } : {}),
          })
        })
      } catch (error) {
        throw error instanceof Unavailable ? new LaresError(error.diagnostics) : error
      }
    })

  const probe: Inquiries['probe'] = (lab) =>
    connected(lab, everything, async (reach) => {
      const { connections, model, observer, now, text } = reach
      const wanted = new Map<string, { provider: Provider; on?: string }>()
      for (const { type, address, on } of model.resources.values()) {
        const add = (provider: Provider, on: string | undefined) =>
          wanted.set(`${provider.name} ${on ?? ''}`, { provider, ...(on === undefined ? {} : { on }) })
        if (type.provides) add(type.provides.provider, address)
        if (type.provider) add(type.provider, on)
      }
      const probes = await Promise.all(
        [...wanted.values()].map(async ({ provider, on }): Promise<Probe> => {
          const began = now()
          const base = { provider: provider.name, ...(on === undefined ? {} : { on }) }
          try {
            const { scope } = await connections.acquire(provider, on, observer.giverOf)
            return {
              ...base,
              ok: true,
              ms: now() - began,
              ...(scope === undefined ? {} : { scope }),
              diagnostics: [],
            }
          } catch (error) {
            const diagnostics =
              error instanceof Unavailable ? error.diagnostics : toDiagnostics(error, { summary: 'Cannot connect' })
            return { ...base, ok: false, ms: now() - began, diagnostics: reworded(diagnostics, text) }
          }
        }),
      )
      return { connections: probes, resources: await checkAll(reach) }
    })

  return { list, probe, outdated: createOutdated(connected), status: createStatus(connected) }
}
