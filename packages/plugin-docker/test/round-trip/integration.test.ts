import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { canonicalOptions, connectDocker, type DockerClient } from '../../src/client/index.ts'
import { explicitDefaults, optionCases, unstartable } from '../option-cases.ts'

const { docker: engine, images } = rig()
const network = { labels: { 'lares.test': 'round-trip' } }
/** An image that says something about everything that an image can say. */
const talkative = 'round-trip:1'
const dockerfileInline = `FROM ${images.busybox}
ENV PATH=/bin ROLE=base
LABEL com.example.from=image com.example.role=base
EXPOSE 81 54/udp
VOLUME /cache
USER 1000
WORKDIR /srv
STOPSIGNAL SIGKILL
HEALTHCHECK --interval=30s --timeout=3s --retries=4 CMD exit 0
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["sleep 61"]`

let docker: DockerClient
const name = 'round-trip'

beforeAll(async () => {
  docker = await connectDocker(engine)
  const directory = await mkdtemp(join(tmpdir(), 'lares-round-trip-'))
  await docker.images.build({ directory, dockerfileInline, tags: [talkative] })
  await rm(directory, { recursive: true })
  await docker.networks.create('rt-one', { ...network, pools: [{ subnet: '172.29.1.0/24' }] })
  await docker.networks.create('rt-two', { ...network, pools: [{ subnet: '172.29.2.0/24' }] })
  await docker.networks.create('rt-six', {
    ...network,
    ipv6: true,
    pools: [{ subnet: '172.29.3.0/24' }, { subnet: 'fd00:29::/64' }],
  })
})
afterAll(async () => {
  await docker.containers.remove(name, { force: true, volumes: true })
  for (const { Name } of await docker.networks.list(network)) await docker.networks.remove(Name)
  for (const volume of ['data', 'more']) await docker.volumes.remove(volume)
  await docker.images.remove(talkative)
  docker.close()
})

describe.each([images.busybox, talkative])('with %s', (image) => {
  test.each(Object.entries(optionCases))(
    'what was said is what is read, before and after the start: %s',
    async (title, options) => {
      await docker.containers.remove(name, { force: true, volumes: true })
      const wanted = canonicalOptions({ image, ...options })
      await docker.containers.create(name, { image, ...options })
      expect(await docker.containers.options(name, { wanted })).toEqual(wanted)
      if (!explicitDefaults.has(title)) expect(await docker.containers.options(name)).toEqual(withoutPlatform(wanted))
      if (image === talkative || unstartable.has(title)) return
      await docker.containers.start(name)
      expect(await docker.containers.options(name, { wanted })).toEqual(wanted)
    },
  )
})

const withoutPlatform = ({ platform: _, ...spec }: ReturnType<typeof canonicalOptions>) => spec

test('values that repeat what the image says are read back when they were asked for', async () => {
  await docker.containers.remove(name, { force: true })
  const repeated = {
    image: talkative,
    env: { PATH: '/bin', ROLE: 'base' },
    labels: { 'com.example.from': 'image' },
    user: '1000',
    workingDir: '/srv',
    stopSignal: 'SIGKILL',
    expose: ['81/tcp'],
    entrypoint: ['/bin/sh', '-c'],
    command: ['sleep 61'],
    healthcheck: { test: 'exit 0', interval: '30s', retries: 4 },
  }
  const wanted = canonicalOptions(repeated)
  await docker.containers.create(name, repeated)
  expect(await docker.containers.options(name, { wanted })).toEqual(wanted)
  expect(await docker.containers.options(name)).toEqual({ image: talkative })
})

test('what was changed by hand shows', async () => {
  await docker.containers.remove(name, { force: true })
  const options = { image: images.busybox, resources: { memory: '64m' }, networks: ['rt-one'] }
  const wanted = canonicalOptions(options)
  await docker.containers.create(name, options)
  await docker.containers.start(name)
  await docker.containers.update(name, {
    Memory: 96 * 1024 ** 2,
    MemorySwap: 200 * 1024 ** 2,
    RestartPolicy: { Name: 'always' },
  })
  await docker.networks.connect('rt-two', name)
  expect(await docker.containers.options(name, { wanted })).toEqual({
    ...wanted,
    resources: { memory: '96MiB', memorySwap: '200MiB' },
    networks: { 'rt-one': {}, 'rt-two': {} },
    restart: 'always',
  })
})
