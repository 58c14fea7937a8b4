/** A container as the lab's config asks for it and as the engine has to have it. */
export interface WantedContainer {
  image: 'busybox' | 'busyboxNext'
  /** None: no network at all. */
  networks?: readonly string[]
  env?: Readonly<Record<string, string>>
  /** MiB */
  memory?: number
  restart?: 'no' | 'unless-stopped'
  /** On the host; the container's is 80. */
  port?: number
  /** Mounted at `/data`. */
  volume?: string
  health?: boolean
  after?: readonly string[]
  /** The name that it had in the stage before. */
  formerly?: string
}

/** Everything that is to be on the engine. */
export interface Wanted {
  /** Subnets by name. */
  networks: Readonly<Record<string, string>>
  volumes: readonly string[]
  containers: Readonly<Record<string, WantedContainer>>
}

export type Stage = 'nothing' | 'made' | 'changed'

const image = 'busybox'
const tasks = (from: number, to: number, more: Partial<WantedContainer> = {}) =>
  Object.fromEntries(
    Array.from({ length: to - from + 1 }, (_, index) => [`task-${from + index}`, { image, ...more } as const]),
  )

/** Twenty containers before and after a change with everything that can happen to one. */
export const stages: Readonly<Record<Stage, Wanted>> = {
  nothing: { networks: {}, volumes: [], containers: {} },
  made: {
    networks: { front: '172.31.81.0/24', back: '172.31.82.0/24', old: '172.31.83.0/24' },
    volumes: ['pages'],
    containers: {
      db: { image, networks: ['back'], memory: 16 },
      app: { image, networks: ['back', 'front'], health: true, env: { RELEASE: '1' }, after: ['db'] },
      web: { image, networks: ['front'], port: 18090, env: { RELEASE: '1' }, after: ['db'] },
      site: { image, networks: ['front'], volume: 'pages', env: { RELEASE: '1' } },
      worker: { image, networks: ['back'], after: ['db'] },
      mailer: { image, networks: ['front'], restart: 'no' },
      cache: { image, networks: ['back'], restart: 'no' },
      backup: { image, volume: 'pages', after: ['site'] },
      legacy: { image, networks: ['old'] },
      metrics: { image, after: ['legacy'] },
      ...tasks(1, 4, { env: { RELEASE: '1' } }),
      ...tasks(5, 10),
    },
  },
  changed: {
    networks: { front: '172.31.81.0/24', back: '172.31.84.0/24', side: '172.31.85.0/24' },
    volumes: ['pages'],
    containers: {
      db: { image, networks: ['back'], memory: 24 },
      app: { image, networks: ['back', 'front'], health: true, env: { RELEASE: '2' }, after: ['db'] },
      web: { image, networks: ['front'], port: 18090, env: { RELEASE: '2' }, after: ['db'] },
      site: { image, networks: ['front'], volume: 'pages', env: { RELEASE: '2' } },
      worker: { image: 'busyboxNext', networks: ['back'], after: ['db'] },
      mailer: { image, networks: ['front', 'side'], restart: 'no' },
      cache: { image, networks: ['back'], restart: 'unless-stopped' },
      archive: { image, volume: 'pages', after: ['site'], formerly: 'backup' },
      dns: { image, networks: ['side'] },
      proxy: { image: 'busyboxNext', networks: ['side'], after: ['dns'] },
      ...tasks(1, 4, { env: { RELEASE: '2' } }),
      ...tasks(5, 10),
    },
  },
}

const name = ({ formerly }: WantedContainer, own: string): string => formerly ?? own
const lasting = ({ image, env, port, volume, health }: WantedContainer) =>
  JSON.stringify([image, env, port, volume, health])

/** What becomes of the containers that are in both stages. */
export function passage(from: Wanted, to: Wanted): { kept: [from: string, to: string][]; swapped: string[] } {
  const both = Object.entries(to.containers).flatMap(([own, wanted]) => {
    const before = from.containers[name(wanted, own)]
    return before ? [{ own, wanted, before, stays: lasting(before) === lasting(wanted) }] : []
  })
  return {
    kept: both.filter(({ stays }) => stays).map(({ own, wanted }) => [name(wanted, own), own]),
    swapped: both.filter(({ stays }) => !stays).map(({ own }) => own),
  }
}
