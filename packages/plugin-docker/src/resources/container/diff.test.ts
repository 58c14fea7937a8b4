import { MASK, UNKNOWN } from '@lares/core'
import { expect, test } from 'vitest'
import { diffContainer } from './diff.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

const image = 'nginx:1.27'
const running: ContainerAttributes = {
  id: 'a1',
  name: 'web',
  image,
  imageId: 'sha256:1',
  state: 'running',
  addresses: {},
  published: {},
  anonymousVolumes: {},
}

interface Case {
  desired?: object
  recorded?: object
  observed?: object
  imageId?: string | null
}

/** Each change as `path: before -> after (effect, cause)`. */
const diff = ({ desired = {}, recorded = desired, observed = {}, imageId = 'sha256:1' }: Case): string[] =>
  diffContainer({
    desired: { image, ...desired } as ContainerInputs,
    recorded: { image, ...recorded },
    observed: { ...running, ...observed },
    prepared: { imageId },
    recordedPrepared: undefined,
  }).map(({ path, before, after, effect, cause, secret }) => {
    const side = (value: unknown) => (value === UNKNOWN ? '?' : (JSON.stringify(value) ?? '-'))
    return `${path}: ${secret ? '***' : side(before)} -> ${side(after)} (${effect}, ${cause})`
  })

const secretRecord = { $lares: 'secret', hmac: 'x' }

test.each<[string, Case, string[]]>([
  ['nothing', {}, []],
  ['another spelling', { desired: { shmSize: '256m' }, observed: { shmSize: '256MiB' } }, []],
  [
    'a limit',
    { desired: { resources: { memory: '64m' } }, recorded: {}, observed: { resources: { memory: '32MiB' } } },
    ['resources.memory: "32MiB" -> "64MiB" (live, changed)'],
  ],
  [
    'a limit taken away, which the engine cannot do while it runs',
    { recorded: { resources: { memory: '64m' } }, observed: { resources: { memory: '64MiB' } } },
    ['resources.memory: "64MiB" -> - (replace, unset)'],
  ],
  [
    'a policy taken away',
    { recorded: { restart: 'always' }, observed: { restart: 'always' } },
    ['restart: "always" -> - (live, unset)'],
  ],
  ['what nobody said', { observed: { resources: { cpus: 1 }, env: { A: '1' }, restart: 'always' } }, []],
  [
    'one variable of several',
    {
      desired: { env: { A: '1', B: '2' } },
      recorded: { env: { A: '1', B: '1', C: '1' } },
      observed: { env: { A: '1', B: '1', C: '1' } },
    },
    ['env.B: "1" -> "2" (replace, changed)', 'env.C: "1" -> - (replace, unset)'],
  ],
  [
    'a network left by hand',
    { desired: { networks: ['a', 'b'] }, observed: { networks: { a: {} } } },
    ['networks.b: - -> {} (live, drifted)'],
  ],
  [
    'a network joined by hand',
    { desired: { networks: ['a'] }, observed: { networks: { a: {}, b: {} } } },
    ['networks.b: {} -> - (live, drifted)'],
  ],
  [
    'from the default network to a named one',
    { desired: { networks: ['a'] }, recorded: {}, observed: { addresses: { bridge: '172.17.0.2' } } },
    ['networks.a: - -> {} (replace, changed)'],
  ],
  [
    'a MAC address, which a running container keeps',
    {
      desired: { networks: { a: { macAddress: '02:42:ac:11:00:02' } } },
      recorded: {},
      observed: { networks: { a: {} } },
    },
    ['networks.a: {} -> {"macAddress":"02:42:ac:11:00:02"} (replace, changed)'],
  ],
  ['another name for the same image', { desired: { image: 'nginx' } }, []],
  [
    'another image',
    { desired: { image: 'nginx:1.28' }, recorded: {}, imageId: 'sha256:2' },
    ['image: "nginx:1.27" -> "nginx:1.28" (replace, changed)'],
  ],
  ['a tag that moved', { imageId: 'sha256:2' }, ['imageId: "sha256:1" -> "sha256:2" (replace, drifted)']],
  ['an image that the engine has no more', { imageId: null }, []],
  ['an image that is not known yet', { desired: { image: UNKNOWN } }, ['image: "nginx:1.27" -> ? (replace, changed)']],
  [
    'a port that is not known yet',
    { desired: { ports: [UNKNOWN], env: { A: '1' } }, observed: { ports: ['80:80/tcp'], env: { A: '1' } } },
    ['ports: ["80:80/tcp"] -> ? (replace, changed)'],
  ],
  [
    'a secret taken away is not shown',
    { recorded: { env: { TOKEN: secretRecord } }, observed: { env: { TOKEN: MASK } } },
    ['env.TOKEN: *** -> - (replace, unset)'],
  ],
  [
    'a secret that could not be compared is left for later',
    { desired: { env: { TOKEN: 'x', IP: UNKNOWN } }, observed: { env: { TOKEN: MASK, IP: '1' } } },
    ['env.IP: "1" -> ? (replace, changed)'],
  ],
  ['stopped', { observed: { state: 'exited', exitCode: 0 } }, ['state: "exited" -> "running" (restart, drifted)']],
  ['done', { desired: { restart: 'no' }, observed: { state: 'exited', exitCode: 0, restart: 'no' } }, []],
  [
    'a half-done swap',
    { observed: { unfinished: 'b2', state: 'exited', exitCode: 0 } },
    ['unfinished: "b2" -> - (live, drifted)', 'state: "exited" -> "running" (restart, drifted)'],
  ],
  ['a swap that only wants its name', { observed: { unfinished: 'a1' } }, ['unfinished: "a1" -> - (live, drifted)']],
])('%s', (_, facts, changes) => {
  expect(diff(facts)).toEqual(changes)
})
