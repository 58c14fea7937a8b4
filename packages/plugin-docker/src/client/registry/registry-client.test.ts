import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { RegistryCredential } from '../registry-auth.ts'
import { parseChallenge } from './challenge.ts'
import { isInsecure, originsOf } from './origin.ts'
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './registry-client.ts'

// A stand-in for registries, for what the real one cannot be brought to say; test/outdated has the real one.

interface StandIn {
  address: string
  asked: string[]
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

async function standIn(answers: Record<string, Answer>): Promise<StandIn> {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, url = '/', headers } = request
    const login = headers.authorization
    asked.push([method, url, ...(login === undefined ? [] : [`as ${login}`])].join(' '))
    const answer = answers[url.replace(/\?.*/, '')]
    if (answer) answer(request, response, body)
    else response.writeHead(url === '/v2/' ? 200 : 404).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const json = (document: unknown, headers: Record<string, string> = {}, status = 200): Answer => {
  return (_, response) => void response.writeHead(status, headers).end(JSON.stringify(document))
}
const insecure = { insecure: true }
const withLogin = (login: object, options: RegistryClientOptions = {}): RegistryClient =>
  createRegistryClient({
    ...options,
    credentials: async (serveraddress) => ({ ...login, serveraddress }) as RegistryCredential,
  })
const anonymous = (options: RegistryClientOptions = {}): RegistryClient =>
  createRegistryClient({ ...options, credentials: async () => undefined })

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const manifest = (letter: string): Answer => json({}, { 'docker-content-digest': digest(letter) })

test('a list of tags goes on where its link says, and nowhere else', async () => {
  const pages: Record<string, [string[], string?]> = {
    '': [['1.0', '1.1'], '</v2/app/tags/list?n=2&last=1.1>; rel="next"'],
    '1.1': [['1.2', '1.3'], '<https://elsewhere.example/v2/app/tags/list?n=2&last=1.3>; rel=next'],
    '1.3': [['1.4']],
  }
  const { address, asked } = await standIn({
    '/v2/app/tags/list': (request, response, body) => {
      const last = new URL(request.url!, 'http://x').searchParams.get('last') ?? ''
      const [tags, link] = pages[last]!
      json({ tags }, link === undefined ? {} : { link })(request, response, body)
    },
    '/v2/none/tags/list': json({ tags: null }),
    '/v2/odd/tags/list': json({ tags: ['1.1', 7, '\x1b[31m1.2', '1.2'.repeat(50)] }),
    '/v2/endless/tags/list': json({ tags: ['1'] }, { link: '</v2/endless/tags/list?last=1>; rel="next"' }),
  })
  const registries = anonymous({ pageSize: 2 })
  const list = () => registries.tags(`${address}/app:1.0`, insecure)
  expect(await Promise.all([list(), list()])).toEqual(Array(2).fill(['1.0', '1.1', '1.2', '1.3', '1.4']))
  expect(asked).toEqual([
    'GET /v2/',
    'GET /v2/app/tags/list?n=2',
    'GET /v2/app/tags/list?n=2&last=1.1',
    'GET /v2/app/tags/list?n=2&last=1.3',
  ])
  expect(await registries.tags(`${address}/none:1.0`, insecure)).toEqual([])
  expect(await registries.tags(`${address}/odd:1.0`, insecure)).toEqual(['1.1'])
  await expect(registries.tags(`${address}/endless:1`, insecure)).rejects.toMatchObject({ code: 'registry_error' })
  expect(asked.length).toBe(4 + 2 + 200)
})

test('a registry that has had enough is asked nothing more', async () => {
  const { address, asked } = await standIn({
    '/v2/busy/manifests/1': json({}, { 'retry-after': '90' }, 429),
    '/v2/app/manifests/1': manifest('a'),
  })
  const registries = anonymous()
  const refusal = { code: 'rate_limited', advice: expect.stringContaining('Ask again in 90 s') }
  await expect(registries.digest(`${address}/busy:1`, insecure)).rejects.toMatchObject(refusal)
  await expect(registries.digest(`${address}/app:1`, insecure)).rejects.toMatchObject(refusal)
  await expect(registries.tags(`${address}/busy:1`, insecure)).rejects.toMatchObject(refusal)
  expect(asked).toEqual(['GET /v2/', 'HEAD /v2/busy/manifests/1'])
})

test('a token is asked for once for each repository, and again when it is too old or refused', async () => {
  let lasts = 300
  let refuse = 0
  const challenge = (realm: string) => ({
    'www-authenticate': `Bearer realm="${realm}",service="the \\"service\\"",scope="repository:app:pull"`,
  })
  const tokens = await standIn({
    '/token': (request, response, body) => {
      const scope =
        new URL(request.url!, 'http://x').searchParams.get('scope') ?? new URLSearchParams(body).get('scope')
      const refresh = new URLSearchParams(body).get('refresh_token')
      json({ access_token: `for-${scope}-${refresh}-${lasts}`, expires_in: lasts })(request, response, body)
    },
  })
  const guarded: Answer = (request, response, body) => {
    if (refuse-- > 0 || !request.headers.authorization?.startsWith('Bearer for-'))
      json({}, challenge(`http://${tokens.address}/token`), 401)(request, response, body)
    else manifest('b')(request, response, body)
  }
  const { address, asked } = await standIn({
    '/v2/': guarded,
    ...Object.fromEntries(
      ['app', 'other'].flatMap((name) => ['1', '2', '3'].map((tag) => [`/v2/${name}/manifests/${tag}`, guarded])),
    ),
  })
  const registries = withLogin({ identitytoken: 'sesame' })
  const ask = (name: string) => registries.digest(`${address}/${name}`, insecure)
  expect(await Promise.all([ask('app:1'), ask('app:2'), ask('other:1')])).toEqual(Array(3).fill(digest('b')))
  expect(tokens.asked).toEqual(['POST /token', 'POST /token'])
  expect(asked).toContain('HEAD /v2/app/manifests/1 as Bearer for-repository:app:pull-sesame-300')
  refuse = 1
  lasts = 0.001
  expect(await ask('other:2')).toBe(digest('b'))
  expect(tokens.asked).toHaveLength(3)
  expect(await ask('other:3')).toBe(digest('b'))
  expect(tokens.asked).toHaveLength(4)
  expect(await ask('app:3')).toBe(digest('b'))
  expect(tokens.asked).toHaveLength(4)
  expect(JSON.stringify([...asked.map((one) => one.replace(/Bearer \S+/, '')), ...tokens.asked])).not.toContain(
    'sesame',
  )
})

test('a wrong login is not tried again', async () => {
  const basic = json({}, { 'www-authenticate': 'Basic realm="here"' }, 401)
  const paths = ['/v2/', '/v2/one/manifests/1', '/v2/two/manifests/1', '/v2/one/tags/list']
  const plain = await standIn(Object.fromEntries(paths.map((path) => [path, basic])))
  const tokens = await standIn({ '/token': json({}, {}, 401) })
  const bearer = json({}, { 'www-authenticate': `Bearer realm="http://${tokens.address}/token"` }, 401)
  const guarded = await standIn(Object.fromEntries(paths.map((path) => [path, bearer])))
  for (const { address } of [plain, guarded]) {
    const registries = withLogin({ username: 'me', password: 'wrong' })
    const refusal = { code: 'unauthorized', message: `${address} refuses the login of the Docker config` }
    await expect(registries.digest(`${address}/one:1`, insecure)).rejects.toMatchObject(refusal)
    await expect(registries.digest(`${address}/two:1`, insecure)).rejects.toMatchObject(refusal)
    await expect(registries.tags(`${address}/one:1`, insecure)).rejects.toMatchObject(refusal)
  }
  expect(plain.asked.map((one) => one.replace(/ as .*/, ''))).toEqual(['GET /v2/', 'HEAD /v2/one/manifests/1'])
  expect(guarded.asked).toEqual(['GET /v2/'])
  expect(tokens.asked).toHaveLength(1)
  const nobody = anonymous().digest(`${plain.address}/one:1`, insecure)
  await expect(nobody).rejects.toMatchObject({ message: `${plain.address} wants a login` })
  const stranger = anonymous()
  const unknown = { code: 'unauthorized', message: `${guarded.address}: one is refused without a login, or not there` }
  await expect(stranger.digest(`${guarded.address}/one:1`, insecure)).rejects.toMatchObject(unknown)
  await expect(stranger.digest(`${guarded.address}/two:1`, insecure)).rejects.toMatchObject({ code: 'unauthorized' })
  expect(tokens.asked).toHaveLength(3)
})

test('a login is told to nobody else: not where a registry leads, and not in plain for one that is asked over TLS', async () => {
  const elsewhere = await standIn({
    '/v2/app/manifests/1': manifest('c'),
    '/v2/app/tags/list': json({ tags: ['1'] }),
  })
  const lead: Answer = (request, response) =>
    void response.writeHead(307, { location: `http://${elsewhere.address}${request.url}` }).end()
  const basic: Answer = json({}, { 'www-authenticate': 'Basic realm="here"' }, 401)
  const { address, asked } = await standIn({ '/v2/': basic, '/v2/app/manifests/1': lead, '/v2/app/tags/list': lead })
  const registries = withLogin({ username: 'me', password: 'sesame' })
  expect(await registries.digest(`${address}/app:1`, insecure)).toBe(digest('c'))
  expect(await registries.tags(`${address}/app:1`, insecure)).toEqual(['1'])
  const login = `as Basic ${Buffer.from('me:sesame').toString('base64')}`
  expect(asked.slice(1)).toEqual([`HEAD /v2/app/manifests/1 ${login}`, `GET /v2/app/tags/list?n=1000 ${login}`])
  expect(elsewhere.asked).toEqual(['HEAD /v2/app/manifests/1', 'GET /v2/app/tags/list?n=1000'])

  const odd = await standIn({ '/v2/': json({}, { 'www-authenticate': 'Bearer realm="ftp://x/"' }, 401) })
  await expect(registries.digest(`${odd.address}/app:1`, insecure)).rejects.toMatchObject({ code: 'registry_error' })
})

test('what is no answer, or none that a registry gives', async () => {
  const text = JSON.stringify({ schemaVersion: 2 })
  const { address } = await standIn({
    '/v2/nameless/manifests/1': (_, response) => void response.end(text),
    '/v2/page/tags/list': (_, response) => void response.end('<html>'),
    '/v2/ill/tags/list': json('\x1b[31mout of order', {}, 500),
    '/v2/huge/tags/list': (_, response) => void response.end('x'.repeat(17 * 2 ** 20)),
    '/v2/round/tags/list': (request, response) => void response.writeHead(302, { location: request.url! }).end(),
    '/v2/slow/tags/list': () => {},
  })
  const registries = anonymous()
  const sum = createHash('sha256').update(text).digest('hex')
  expect(await registries.digest(`${address}/nameless:1`, insecure)).toBe(`sha256:${sum}`)
  expect(await registries.digest(`${address}/gone:1`, insecure)).toBeUndefined()
  const failing = async (name: string) =>
    await (name === 'slow' ? anonymous({ timeoutMs: 1000 }) : registries).tags(`${address}/${name}:1`, insecure).then(
      () => 'nothing',
      ({ code, message }) => `${code}: ${message.replaceAll(address, 'HOST')}`,
    )
  expect(await Promise.all(['gone', 'page', 'ill', 'huge', 'round', 'slow'].map(failing))).toEqual([
    'no_such_image: HOST has no gone',
    'registry_error: HOST answered with something that is no JSON object',
    'registry_error: HOST: HTTP 500 for ill: "\\u001b[31mout of order"',
    'registry_error: an answer is longer than 16 MiB',
    'registry_error: HOST leads from place to place',
    'timeout: HOST has not answered after 1 s',
  ])
  await expect(anonymous().digest(`127.0.0.1:1/app:1`, insecure)).rejects.toMatchObject({ code: 'unreachable' })
  const stopped = anonymous({ signal: AbortSignal.abort(new Error('stopped')) })
  await expect(stopped.digest(`${address}/app:1`, insecure)).rejects.toThrow('stopped')
})

test.each([
  [undefined, undefined],
  ['Negotiate', undefined],
  ['Basic realm="x"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  ['Bearer realm="https://a/token",service="a b"', { scheme: 'bearer', realm: 'https://a/token', service: 'a b' }],
  ['bearer  realm=https://a/token , scope="x,y"', { scheme: 'bearer', realm: 'https://a/token' }],
  ['Basic realm="x", Bearer realm="https://a/token"', { scheme: 'bearer', realm: 'https://a/token' }],
  ['Bearer service="a"', undefined],
])('the challenge %j', (header, challenge) => {
  expect(parseChallenge(header)).toEqual(challenge)
})

test('which registries may be asked without TLS', () => {
  const config = {
    InsecureRegistryCIDRs: ['10.77.0.0/24', 'fd00::/8', '127.0.0.0/8'],
    IndexConfigs: { 'docker.io': { Secure: true }, 'nas.lan:5000': { Secure: false } },
  }
  const insecure = [
    'localhost',
    'localhost:5000',
    '127.0.0.5',
    '[::1]:5000',
    '10.77.0.9:5000',
    '[fd12::1]:80',
    'nas.lan:5000',
  ]
  const secure = ['docker.io', 'ghcr.io', 'nas.lan', '10.78.0.9:5000', '[fe80::1]', 'localhost.example']
  expect(insecure.filter((domain) => !isInsecure(domain, config))).toEqual([])
  expect(secure.filter((domain) => isInsecure(domain, config))).toEqual([])
  expect(isInsecure('10.77.0.9', undefined)).toBe(false)
  expect(originsOf('docker.io', false)).toEqual(['https://registry-1.docker.io'])
  expect(originsOf('nas.lan:5000', true)).toEqual(['https://nas.lan:5000', 'http://nas.lan:5000'])
})
