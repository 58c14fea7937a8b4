import { expect, test } from 'vitest'
import { codeOf, DockerError, isDockerError, toDockerError } from './error.ts'

test.each([
  [
    'driver failed programming external connectivity on endpoint x: Bind for 0.0.0.0:80 failed: port is already allocated',
    500,
    'port_in_use',
  ],
  ['listen tcp4 0.0.0.0:22: bind: address already in use', 500, 'port_in_use'],
  ['Pool overlaps with other one on this address space', 403, 'address_in_use'],
  ['Address already in use', 403, 'address_in_use'],
  [
    'Conflict. The container name "/a" is already in use by container "1". You have to remove (or rename) it',
    409,
    'name_in_use',
  ],
  ['network with name a already exists', 409, 'name_in_use'],
  ['remove a: volume is in use - [1]', 409, 'in_use'],
  ['error while removing network: network a id 1 has active endpoints', 403, 'in_use'],
  ['No such image: nginx:9', 404, 'no_such_image'],
  ['manifest for nginx:9 not found: manifest unknown: manifest unknown', 404, 'no_such_image'],
  ['pull access denied for x, repository does not exist', 404, 'unauthorized'],
  ['Head "https://r/v2/": no basic auth credentials', 500, 'unauthorized'],
  ['No such container: a', 404, 'not_found'],
  ['Container 1 is not running', 409, 'conflict'],
  ['invalid reference format', 400, 'invalid'],
  ['write /var/lib/docker: no space left on device', 500, 'no_space'],
  ['something else', 500, 'engine_error'],
])('"%s" with %i is %s', (message, status, code) => {
  expect(codeOf(message, status)).toBe(code)
})

test('the message of the engine is kept, the prefix of the library is not', () => {
  const answer = Object.assign(new Error('(HTTP code 404) no such container - No such container: a '), {
    statusCode: 404,
    json: { message: 'No such container: a' },
  })
  expect(toDockerError('start container a', 'local', answer)).toMatchObject({
    code: 'not_found',
    status: 404,
    message: 'start container a: No such container: a',
    retryable: false,
  })
})

test.each([
  ['ECONNREFUSED', true],
  ['ENOENT', true],
  ['ECONNRESET', false],
])('%s is unreachable; it may be sent again: %s', (code, retryable) => {
  const failure = Object.assign(new Error(`connect ${code}`), { code })
  expect(toDockerError('ping', 'local', failure)).toMatchObject({ code: 'unreachable', retryable })
})

test('a bug is not dressed up as a failed engine', () => {
  const bug = new TypeError('x is not a function')
  expect(toDockerError('ping', 'local', bug)).toBe(bug)
})

test('an error is known by its codes, also from another copy of this package', () => {
  const error = new DockerError('in_use', 'x')
  const copy = Object.assign(new Error('x'), { name: 'DockerError', code: 'in_use' })
  for (const one of [error, copy]) {
    expect(isDockerError(one)).toBe(true)
    expect(isDockerError(one, 'conflict', 'in_use')).toBe(true)
    expect(isDockerError(one, 'conflict')).toBe(false)
  }
  expect(isDockerError(new Error('x'))).toBe(false)
})

test('ids are short, in what was asked for and in the answer; digests stay as they are', () => {
  const [id, other] = ['a', 'b'].map((letter) => letter.repeat(64))
  const answer = Object.assign(new Error('x'), {
    statusCode: 409,
    json: { message: `in use by "${other}", nginx@sha256:${id}` },
  })
  expect(toDockerError(`remove container ${id}`, 'local', answer)).toMatchObject({
    message: `remove container aaaaaaaaaaaa: in use by "bbbbbbbbbbbb", nginx@sha256:${id}`,
  })
})
