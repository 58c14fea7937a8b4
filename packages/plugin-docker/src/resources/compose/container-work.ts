import { setTimeout as delay } from 'node:timers/promises'
import { fail } from '@lares/core'
import { withImageLabel } from '../../compose/translate/labels.ts'
import type { ContainerPart, Hooks, ServicePart } from '../../compose/translate/parts.ts'
import { updateContainer } from '../container/change.ts'
import { createContainer } from '../container/create.ts'
import { deleteContainer } from '../container/delete.ts'
import type { ContainerAttributes, ContainerInputs } from '../container/schema.ts'
import { swapContainer } from '../container/swap.ts'
import type { Work } from './carry-out.ts'
import { FILES_LABEL, filesDigest } from './files-digest.ts'
import type { Found, FoundContainer } from './found.ts'
import { hooksLabel, runHooks } from './hooks.ts'
import type { Operation } from './operations.ts'
import { observedOf, restartOf } from './reconcile.ts'

type ContainerOperation = Extract<Operation, { kind: 'container' }>

export interface ContainerWork {
  /** Brings the containers of a service about, when what it waits for is as it has to be. */
  bring(service: ServicePart, operations: readonly ContainerOperation[]): Promise<void>
  /** Stops and removes one. Its volumes stay. */
  remove(container: FoundContainer): Promise<void>
}

const POLL_MS = 200

export function createContainerWork(work: Work, found: Found, hooks: ReadonlyMap<string, Hooks>): ContainerWork {
  const { connection, owner, signal, log, checks = [] } = work
  const { containers } = connection
  /** Services of which a container was replaced or restarted. */
  const renewed = new Set<string>()
  const partsByService = new Map<string, readonly ContainerPart[]>()
  return { bring, remove }

  async function bring(service: ServicePart, operations: readonly ContainerOperation[]): Promise<void> {
    partsByService.set(service.name, service.containers)
    const restarts = Object.entries(service.dependsOn).filter(([name, { restart }]) => restart && renewed.has(name))
    if (operations.length === 0 && restarts.length === 0) return
    if (restarts.length > 0 || operations.some(({ change }) => change.effect !== 'live' || change.action === 'create'))
      await conditions(service)
    // Those that are there go one after the other, so that never all of them are gone.
    const isNew = ({ change }: ContainerOperation) => change.action === 'create'
    await Promise.all(operations.filter(isNew).map(carryOut))
    for (const operation of operations.filter((one) => !isNew(one))) await carryOut(operation)
    if (operations.some(({ change: { effect } }) => effect === 'restart')) renewed.add(service.name)
    if (restarts.length === 0) return
    const done = new Set(operations.filter(({ change }) => change.effect === 'restart').map(({ part }) => part?.name))
    for (const { name } of service.containers.filter((part) => !done.has(part.name))) {
      log(`restarting ${name}, because ${restarts[0]![0]} was`)
      const container = { id: name, name }
      if ((await containers.inspect(name, { signal }))?.State.Running)
        await runHooks(work, 'preStop', container, service.hooks)
      await containers.restart(name, { signal })
      await runHooks(work, 'postStart', container, service.hooks)
    }
  }

  async function carryOut({ change, changes = [], service, part, found: there }: ContainerOperation): Promise<void> {
    const image = await connection.known.find(part!.options.image, signal)
    const inputs = inputsOf(part!, image?.Id, service!.hooks)
    const { files } = part!
    const fill = files.length > 0 ? (id: string) => containers.putFiles(id, files, { signal }) : undefined
    const base = {
      ...{ address: owner.address, owner, connection, signal, log, inputs, prepared: undefined },
      ...(fill && { fill }),
      ...(service!.hooks.postStart.length > 0 && {
        started: (id: string) => runHooks(work, 'postStart', { id, name: part!.name }, service!.hooks),
      }),
      stopping: (id: string) => runHooks(work, 'preStop', { id, name: part!.name }, service!.hooks),
      checks: checks.filter(({ check }) => (check.service ?? service!.name) === service!.name),
      self: () => Promise.reject(new Error('containers provide nothing')),
    }
    const observed = there && (observedOf({ found }, part!, there) as ContainerAttributes)
    log(`${words[change.action]} ${part!.name}`)
    if (service!.image.pull === 'never' && change.action !== 'update') await requireImage(service!)
    if (!observed || !(await containers.inspect(observed.id, { signal }))) {
      await createContainer(base)
      return
    }
    // One that never started has nothing to lose, and nothing was put into it perhaps.
    if (change.action === 'update' && observed.state === 'created' && fill) await fill(observed.id)
    if (change.action === 'update') await updateContainer({ ...base, observed, changes })
    else await swapContainer({ ...base, observed, changes })
  }

  async function requireImage({ name, image: { reference } }: ServicePart): Promise<void> {
    if (await connection.known.find(reference, signal)) return
    fail({ code: 'no_such_image', summary: `The image ${reference} is not there, and ${name} says never to pull it` })
  }

  /** What `depends_on` waits for. */
  async function conditions({ dependsOn }: ServicePart): Promise<void> {
    await Promise.all(
      Object.entries(dependsOn).map(async ([name, { condition, required }]) => {
        try {
          for (const { name: container } of partsByService.get(name) ?? []) await met(container, condition)
        } catch (error) {
          if (required || signal.aborted) throw error
          log(`going on without ${name}: ${(error as Error).message}`)
        }
      }),
    )
  }

  async function met(name: string, condition: ServicePart['dependsOn'][string]['condition']): Promise<void> {
    if (condition === 'service_started') return
    if (condition === 'service_healthy') {
      const inspect = await containers.inspect(name, { signal })
      if (inspect && !inspect.State.Health)
        fail({ code: 'no_healthcheck', summary: `${name} has no healthcheck, so it can't be waited for` })
      return await containers.waitHealthy(name, { timeoutMs: DAY_MS, signal })
    }
    for (;;) {
      const state = (await containers.inspect(name, { signal }))?.State
      if (!state) return fail({ code: 'absent', summary: `${name} is gone` })
      if (state.Status === 'exited' && state.ExitCode === 0) return
      if (state.Status === 'exited' || state.Status === 'dead')
        fail({ code: 'exited', summary: `${name} did not succeed: it ended with code ${state.ExitCode}` })
      await delay(POLL_MS, undefined, { signal })
    }
  }

  async function remove(there: FoundContainer): Promise<void> {
    const { inspect, unfinished } = there
    const { State: state, Mounts } = inspect
    const anonymousVolumes = Object.fromEntries(
      Mounts.filter(({ Type, Name = '' }) => Type === 'volume' && /^[0-9a-f]{64}$/.test(Name)).map((mount) => [
        mount.Destination,
        mount.Name!,
      ]),
    )
    const observed = { id: inspect.Id, state: state.Status, unfinished, anonymousVolumes }
    log(`removing ${there.name}`)
    const stopping = (id: string) => runHooks(work, 'preStop', { id, name: there.name }, hooks.get(there.service))
    await deleteContainer({ connection, observed, signal, log, stopping } as never)
  }
}

const DAY_MS = 86_400_000
const words = { create: 'creating', update: 'changing', replace: 'replacing', delete: 'removing' } as const

function inputsOf(part: ContainerPart, imageId: string | undefined, hooks: Hooks): ContainerInputs {
  const { name, files } = part
  const options = imageId === undefined ? part.options : withImageLabel(part.options, imageId)
  const given = { ...options.labels, ...hooksLabel(hooks) }
  const labels = files.length > 0 ? { ...given, [FILES_LABEL]: filesDigest(files) } : given
  return { ...options, name, labels, restart: restartOf(part) } as ContainerInputs
}
