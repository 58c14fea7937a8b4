import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { connectDocker, type DockerClient } from '../../src/client/index.ts'
import { propertyNames, sorted, specification } from '../compose/schema/specification.ts'
import { type BothSides, bothSides } from './both-sides.ts'
import { attributes, devices } from './cases/attributes.ts'
import { building } from './cases/building.ts'
import { type CreateCase, IMAGE, SHARED_NETWORK } from './cases/case.ts'
import { generated } from './cases/generated.ts'
import { networking } from './cases/networking.ts'
import { services } from './cases/services.ts'
import { stacks } from './cases/stacks.ts'
import { storage } from './cases/storage.ts'
import { type Difference, type DifferenceName, differences, everywhere, isMeant } from './differences.ts'
import { differingPaths, normalised } from './normalise.ts'
import { saidProperties } from './said-properties.ts'

const { docker: engine, images } = rig()
const groups: Record<string, CreateCase[]> = {
  attributes,
  devices,
  networking,
  storage,
  services,
  building,
  generated,
  stacks,
}
/** The differences that were really there. */
const seen = new Set<DifferenceName>()
let client: DockerClient

beforeAll(async () => {
  client = await connectDocker(engine)
  await client.networks.create(SHARED_NETWORK)
  await client.volumes.create(SHARED_NETWORK)
})
afterAll(async () => {
  await client.networks.remove(SHARED_NETWORK)
  await client.volumes.remove(SHARED_NETWORK)
  client.close()
})

describe.each(Object.entries(groups))('Docker Compose and Lares create alike: %s', (group, cases) => {
  test.concurrent.each(cases.map((it, index) => [it.name, it, `cc-${group}-${index}`] as const))(
    '%s',
    async (_, it, projectName) => {
      const withImage = Object.entries(it.files).map(([name, text]) => [name, text.replaceAll(IMAGE, images.busybox)])
      const test = { ...it, files: Object.fromEntries(withImage), projectName }
      expectAlike(it, await bothSides(client, test, AbortSignal.timeout(100_000)))
    },
    120_000,
  )
})

function expectAlike(it: CreateCase, { theirs, ours }: BothSides): void {
  const unhonoured = ours.diagnostics.filter(({ code }) => code === 'compose_not_honoured')
  expect(unhonoured.map(({ path }) => path).toSorted()).toEqual((it.warns ?? []).toSorted())
  for (const { source } of ours.diagnostics) expect(source?.line).toBeGreaterThan(0)

  if (it.refused || it.onlyLares) expect(theirs.refusal, 'Compose refuses it').toBeTruthy()
  else expect(theirs.refusal).toBeUndefined()
  if (it.refused || it.onlyCompose) expect(ours.refusal).toMatch(it.refused ?? /./)
  else expect(ours.refusal).toBeUndefined()

  // What was made is as wanted, so that a second plan is empty, and so is one that imports what Compose made.
  expect(ours.surprises ?? []).toEqual([])
  const means = it.means ?? []
  const only = [it.onlyLares, it.onlyCompose].filter((name) => name !== undefined)
  for (const name of only) seen.add(name)
  const forgotten = new Set([...means, ...only].flatMap((name) => (differences[name] as Difference).options ?? []))
  expect((theirs.surprises ?? []).filter(({ option }) => !forgotten.has(option))).toEqual([])

  if (!theirs.inspected || !ours.inspected) return
  const [before, after] = [normalised(theirs.inspected), normalised(ours.inspected)]
  const paths = differingPaths(before, after)
  const allowed = [...everywhere, ...means]
  const strange = paths.filter((path) => !isMeant(path, allowed))
  expect(strange.map((path) => [path.join('.'), at(before, path), at(after, path)])).toEqual([])
  const shown = allowed.filter((name) => paths.some((path) => isMeant(path, [name])))
  for (const name of shown) seen.add(name)
  expect(
    means.filter((name) => !shown.includes(name)),
    'they no longer differ',
  ).toEqual([])
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((it, key) => (it as Record<string, unknown> | undefined)?.[key], value)

test('every difference that is meant is really there', () => {
  expect([...seen].toSorted()).toEqual(Object.keys(differences).toSorted())
})

test('every property of the specification is said in a case', async () => {
  const places = propertyNames(await specification())
  const said = saidProperties(Object.values(groups).flat(), places)
  const properties = sorted(places).flatMap(([place, names]) => names.map((name) => `${place} ${name}`))
  expect(properties.length).toBeGreaterThan(300)
  expect(properties.filter((property) => !said.has(property))).toEqual([])
})
