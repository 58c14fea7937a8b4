import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import type { ContainerOptions } from '../../src/options.ts'
import { testLab } from '../lab/lab.ts'
import { optionCases, unstartable } from '../option-cases.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
  for (const [name, subnets] of Object.entries(subnetsOf))
    await client.networks.create(name, { ipv6: subnets.length > 1, pools: subnets.map((subnet) => ({ subnet })) })
})
afterAll(async () => {
  for (const name of Object.keys(subnetsOf)) await client.networks.remove(name)
  for (const volume of ['data', 'more']) await client.volumes.remove(volume)
  client.close()
})

const subnetsOf: Record<string, string[]> = {
  'rt-one': ['172.29.1.0/24'],
  'rt-two': ['172.29.2.0/24'],
  'rt-six': ['172.29.3.0/24', 'fd00:29::/64'],
}
/** They are to run for as long as this takes, to be found healthy soon, and to stop at once. */
const base = { image: images.busybox, stopGracePeriod: '1s' }
const until = (signal: string) => ({ command: ['sh', '-c', `trap 'exit 0' ${signal}; while :; do sleep 0.1; done`] })
const lasting = ({ healthcheck, stopSignal, ...options }: Omit<ContainerOptions, 'image'>) => ({
  ...(JSON.parse(JSON.stringify(options).replaceAll('sleep 60', 'sleep 999').replaceAll('"60"', '"999"')) as object),
  ...(healthcheck && { healthcheck: { ...healthcheck, ...(healthcheck.test && { interval: '500ms' }) } }),
  ...(stopSignal && { stopSignal, ...until(stopSignal.replace('SIG', '')) }),
})
const cases = Object.entries(optionCases)
  .filter(([title]) => !unstartable.has(title))
  .map(([title, options]) => [title, lasting(options)] as const)
/** Two of one group cannot run at once: they have a port or an address in common. */
const scarce = (options: object): string[] =>
  JSON.stringify(options).match(/1[89]\d{3}|172\.29[\d.]+|fd00[^"]+|02-42/g) ?? []
const groups: (typeof cases)[] = []
for (const one of cases) {
  const isFree = (group: typeof cases) =>
    group.every(([, other]) => !scarce(other).some((key) => scarce(one[1]).includes(key)))
  const group = groups.find(isFree)
  if (group) group.push(one)
  else groups.push([one])
}

test('every option: set, nothing is left to do; taken away again, nothing is left to do', async () => {
  const lab = await testLab('options')
  for (const group of groups) {
    const declared = group.map(([title, options], index) => ({ title, options, name: `option-${index}` }))
    const said = declared.map(({ name, options }) => docker.container(name, { ...base, ...options }))
    const unsaid = declared.map(({ name }) => docker.container(name, base))
    await lab.apply(said)
    expect(await lab.plan(said)).toBe('')
    await lab.apply(unsaid)
    expect(await lab.plan(unsaid)).toBe('')
    for (const { title, name } of declared)
      expect([title, await client.containers.options(name)]).toEqual([title, { ...base, labels: expect.anything() }])
  }
}, 900_000)
