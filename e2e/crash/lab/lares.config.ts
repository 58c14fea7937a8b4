import { readFileSync } from 'node:fs'
import { defineLab } from '@lares/core'
import docker from '@lares/plugin-docker'
import type { Wanted, WantedContainer } from '../wanted.ts'

const read = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))
const wanted = read('wanted.json') as Wanted
const references = read('images.json') as Record<WantedContainer['image'], string>

const made = <T>(names: readonly string[], make: (name: string) => T) =>
  new Map(names.map((name) => [name, make(name)] as const))
const entries = Object.entries(wanted.containers)

const images = made([...new Set(entries.map(([, { image }]) => image))], (name) =>
  docker.image(name, { image: references[name as WantedContainer['image']] }),
)
const networks = made(Object.keys(wanted.networks), (name) => docker.network(name, { subnet: wanted.networks[name]! }))
const volumes = made(wanted.volumes, (name) => docker.volume(name, {}))
const containers = new Map<string, ReturnType<typeof docker.container>>()

for (const [name, { image, networks: on, env, memory, restart, port, volume, health, after, formerly }] of entries) {
  containers.set(
    name,
    docker.container(name, {
      image: images.get(image)!.reference,
      ...(on ? { networks: on.map((each) => networks.get(each)!.name) } : { networkMode: 'none' }),
      ...(env && { env }),
      ...(memory !== undefined && { resources: { memory: `${memory}m` } }),
      ...(restart && { restart }),
      ...(port !== undefined && { ports: [`${port}:80`] }),
      ...(volume !== undefined && {
        mounts: [{ type: 'volume' as const, source: volumes.get(volume)!.name, target: '/data' }],
      }),
      ...(health && { healthcheck: { test: ['CMD', 'true'], interval: '100ms' } }),
      ...(after && { dependsOn: after.map((each) => containers.get(each)!) }),
      ...(formerly !== undefined && { movedFrom: formerly }),
    }),
  )
}

export default defineLab({
  name: 'crash',
  resources: [...images.values(), ...networks.values(), ...volumes.values(), ...containers.values()],
})
