import { expect, test } from 'vitest'
import { type KnownPackages, needsOf, type PackageWish } from './package-needs.ts'

const known = (more: Partial<KnownPackages> = {}): KnownPackages => ({
  ...{ manager: 'dnf', versions: { web: '1:1.0-1' }, made: [], held: [], ...more },
})
const wish = (more: Partial<PackageWish> = {}): PackageWish => ({ names: ['web'], latest: false, ...more })
const newer = { candidates: { web: '1:1.1-1' } }
const install = (more: object) => [{ name: 'web', version: undefined, latest: false, ...more }]

test('what is there is let be, and what is not is installed', () => {
  expect(needsOf(wish(), known(newer))).toEqual({ install: [], remove: [], hold: [], release: [] })
  expect(needsOf(wish({ latest: true }), known(newer)).install).toEqual(install({ latest: true }))
  expect(needsOf(wish({ names: ['web', 'db'] }), known()).install).toEqual(install({ name: 'db' }))
  expect(needsOf(wish({ names: ['db'] }), known({ made: ['web'] })).remove).toEqual(['web'])
})

test.each([
  ['1:1.0-1', true],
  ['1:1.0', true],
  ['1.0', true],
  ['1.*', true],
  ['1:*', true],
  ['1.0-2', false],
  ['1', false],
  ['0:1.0', false],
  ['1.0-1.*', false],
])('version %s is the installed one of rpm: %s', (version, same) => {
  expect(needsOf(wish({ version }), known()).install).toHaveLength(same ? 0 : 1)
})

test('apt takes a version as it is written', () => {
  expect(needsOf(wish({ version: '1.0' }), known({ manager: 'apt' })).install).toHaveLength(1)
  expect(needsOf(wish({ version: '1:1.0*' }), known({ manager: 'apt' })).install).toHaveLength(0)
})

test('what somebody else holds is not upgraded, and not let go', () => {
  const held = known({ ...newer, held: ['web'] })
  expect(needsOf(wish({ latest: true }), held)).toEqual({ install: [], remove: [], hold: [], release: [] })
  expect(needsOf(wish({ version: '2.0' }), held)).toMatchObject({ hold: [], release: [] })
  expect(needsOf(wish({ names: [] }), { ...held, made: ['web'] })).toMatchObject({ remove: ['web'], release: [] })
})

test('what is held here is free only while it is changed', () => {
  const held = known({ ...newer, held: ['web'] })
  expect(needsOf(wish({ hold: true }), known())).toMatchObject({ hold: ['web'], release: [] })
  expect(needsOf(wish({ hold: true }), held)).toMatchObject({ install: [], hold: [], release: [] })
  const moved = { install: install({ latest: true }), hold: ['web'], release: ['web'] }
  expect(needsOf(wish({ hold: true, latest: true }), held)).toMatchObject(moved)
  expect(needsOf(wish({ hold: false }), held)).toMatchObject({ hold: [], release: ['web'] })
  expect(needsOf(wish({ names: [], hold: false }), held)).toMatchObject({ remove: [], release: ['web'] })
})
