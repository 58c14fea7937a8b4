import { type AnyResource, createEngine, defineLab, definePlugin, labKey } from '@lares/core'
import type { memoryStore } from '@lares/core/testing'
import type { Host } from '@lares/transport'
import { connectLibvirt, libvirtProvider } from '../../src/index.ts'
import { domain } from '../../src/resources/domain.ts'

type Store = ReturnType<typeof memoryStore>
type Moment = 'before' | 'after'

/** One life of a program that applies a guest, and may end at a call that changes something. */
export interface Life {
  /** How many calls that change something were made. */
  calls: number
  /** The commands, in order. */
  commands: string[]
  died: boolean
  trouble: string
}

export interface Wish {
  inputs: Record<string, unknown>
  destroy?: boolean
  allowDataLoss?: readonly string[]
}

/** Words of a command that only looks. */
const LOOKS = new Set([
  'dumpxml',
  'list',
  'domstate',
  'net-info',
  'net-dumpxml',
  'pool-dumpxml',
  'vol-dumpxml',
  'vol-list',
  'snapshot-list',
])

/**
 * Applies a guest, and dies at the n-th call that changes something, before it is made or after it was answered: from
 * then on nothing is called, answered or recorded, as when the process was killed.
 */
export async function live(
  store: Store,
  { inputs, destroy, allowDataLoss }: Wish,
  strike = 0,
  moment: Moment = 'before',
): Promise<Life> {
  const life: Life = { calls: 0, commands: [], died: false, trouble: '' }
  const never = new Promise<never>(() => {})
  let die = () => {}
  const death = new Promise<void>((resolve) => {
    die = () => {
      life.died = true
      store.crashAfter(0, { hang: true })
      resolve()
    }
  })
  const struck = async <T>(command: string, call: () => Promise<T>): Promise<T> => {
    if (life.died) return await never
    life.calls++
    life.commands.push(command)
    if (life.calls !== strike) return await call()
    if (moment === 'after') await call().catch(() => {})
    die()
    return await never
  }
  const mortal = (host: Host): Host => ({
    ...host,
    ask: (...args) => (life.died ? never : host.ask(...args)),
    exec: (command, options) => {
      // virsh -q -c URI VERB …
      const verb = command[command.indexOf('virsh') + 4] ?? command[0]
      return LOOKS.has(verb)
        ? life.died
          ? never
          : host.exec(command, options)
        : struck(verb, () => host.exec(command, options))
    },
    script: (text, options) => struck('script', () => host.script(text, options)),
    writeFile: (path, data, options) => struck('write', () => host.writeFile(path, data, options)),
  })
  const provider = {
    ...libvirtProvider,
    connect: async ({ via }: { via(): Promise<unknown> }) => connectLibvirt({ host: mortal((await via()) as Host) }),
  }
  // It never answers: nothing is on its disks.
  const plugin = definePlugin({
    name: 'kvm',
    package: '@lares/plugin-kvm',
    version: '0',
    resources: { domain: { ...domain, provider, ready: async () => {} } },
  })
  const resources = [plugin.domain('guest', inputs as never) as AnyResource]
  const engine = createEngine({ store, key: labKey('crash'), readSecret: async () => '' })
  const planned = await engine.plan(defineLab({ name: 'crash', resources }), {
    ...(destroy ? { mode: 'destroy' as const } : {}),
    ...(allowDataLoss ? { allowDataLoss: [...allowDataLoss] } : {}),
  })
  const errors = planned.plan.diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) life.trouble = errors.map(({ summary }) => summary).join('\n')
  const run = planned.apply().then(async ({ diagnostics, failed, skipped }) => {
    if (failed + skipped > 0)
      life.trouble = diagnostics.map(({ summary, detail }) => `${summary} ${detail ?? ''}`).join('\n')
    await planned.close()
  })
  await Promise.race([run, death])
  return life
}
