import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rig } from '../e2e/rig/rig.ts'
import {
  type Contender,
  floor,
  lares,
  laresProject,
  peers,
  type Setting,
  type Verb,
  verbs,
} from './containers/contenders.ts'
import { type Measured, middle, type Row, run } from './measure.ts'
import { findTools } from './peers.ts'

const count = 50
const rounds = 3
const aims: Record<Verb, number> = { create: 1.2, 'no-op': 2, change: 1.2, destroy: 1.2 }

/** 50 containers on a real engine, the rig's: created, planned without change, one changed, destroyed. */
export default (): Promise<Row[]> => insideRig('containers')

/** The same as a Compose project of 50 services. */
export const projects = (): Promise<Row[]> => insideRig('projects')

const subjects = { containers: { of: lares, what: 'containers' }, projects: { of: laresProject, what: 'services' } }

async function insideRig(subject: keyof typeof subjects): Promise<Row[]> {
  const enter = fileURLToPath(new URL('../e2e/rig/enter.ts', import.meta.url))
  const words = [enter, '--', 'node', import.meta.filename, subject]
  const { stdout } = await run('node', words, { showErrors: true, timeout: 3_600_000 })
  return JSON.parse(stdout) as Row[]
}

async function compare({ of: subject, what }: (typeof subjects)[keyof typeof subjects]): Promise<Row[]> {
  // Not in memory as the rig's own files are: what is kept must reach a disk.
  const folder = await mkdtemp('/var/tmp/lares-bench-')
  try {
    // Without mitogen Ansible takes minutes for each verb: once is enough.
    const others = peers(await findTools()).filter(({ name }) => subject === lares || name !== 'Ansible')
    const contenders = [floor, subject, ...others]
    const settings = new Map<Contender, Setting>()
    for (const contender of contenders) {
      const setting = { count, image: rig().images.busybox, folder: await mkdtemp(join(folder, 'lab-')) }
      await contender.prepare?.(setting)
      settings.set(contender, setting)
    }
    const lives = new Map<Contender, Life[]>(contenders.map((contender) => [contender, []]))
    // The first round warms up the engine and every cache; of what is slow, it is the only one.
    for (let round = 0; round <= rounds; round++) {
      for (const contender of contenders) {
        if (round > 0 && contender.slow) continue
        const one = await life(contender, settings.get(contender)!)
        process.stderr.write(
          `${round} ${contender.name}: ${Object.entries(one)
            .map(([verb, { seconds }]) => `${verb} ${seconds.toFixed(2)}`)
            .join(', ')}\n`,
        )
        if (round > 0 || contender.slow) lives.get(contender)!.push(one)
      }
    }
    return verbs.map((verb) => rowOf(verb, subject, what, lives))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Life = Record<Verb, Measured>

async function life(contender: Contender, setting: Setting): Promise<Life> {
  const measured: Partial<Life> = {}
  for (const verb of verbs) {
    const { seconds, cpu } = await contender.run(verb, setting)
    measured[verb] = { seconds, cpu }
  }
  return measured as Life
}

function rowOf(verb: Verb, subject: Contender, what: string, lives: ReadonlyMap<Contender, readonly Life[]>): Row {
  const of = (contender: Contender) => middle(lives.get(contender)!.map((one) => one[verb]))
  const others = [...lives.keys()].filter((contender) => contender !== floor && contender !== subject)
  return {
    name: verb === 'change' ? `one of ${count} ${what}: change` : `${count} ${what}: ${verb}`,
    floor: of(floor),
    lares: of(subject),
    aim: aims[verb],
    peers: Object.fromEntries(others.map((contender) => [contender.name, of(contender)])),
  }
}

if (import.meta.main)
  process.stdout.write(JSON.stringify(await compare(subjects[process.argv[2] as keyof typeof subjects])))
