import { expect, test } from 'vitest'
import { isSwitchedOn, withoutSwitch, withSwitch } from './module-switch.ts'

test.each([
  ['python.d', undefined, undefined, false, true],
  ['python.d', undefined, undefined, true, false],
  ['python.d', undefined, 'example: no\n', false, false],
  ['python.d', 'example: yes\n', 'example: no\n', true, true],
  ['python.d', 'default_run: no\n', undefined, false, false],
  ['go.d', undefined, 'modules:\n  example: no\n', false, false],
  ['go.d', 'modules:\n', 'modules:\n  example: no\n', false, true],
  ['go.d', 'default_run: no\nmodules:\n  example: yes\n', undefined, false, true],
] as const)('%s with %j over %j', (orchestrator, user, stock, isOff, isOn) => {
  expect(isSwitchedOn(orchestrator, 'example', { user, stock }, isOff)).toBe(isOn)
})

test.each([
  ['go.d', ''],
  ['go.d', '# mine\ndefault_run: no\nmodules:\n  redis: yes\n'],
  ['python.d', 'default_run: no\n'],
] as const)('%s: %j is switched on, and is as it was again', (orchestrator, text) => {
  const after = withSwitch(text, orchestrator, 'example')!
  expect(isSwitchedOn(orchestrator, 'example', { user: after, stock: undefined }, true)).toBe(true)
  expect(withoutSwitch(after, orchestrator, 'example')).toBe(text)
})

test('what somebody else switched off stays off', () => {
  expect(withSwitch('example: no\n', 'python.d', 'example')).toBeUndefined()
  expect(withoutSwitch('example: no\n', 'python.d', 'example')).toBe('example: no\n')
})
