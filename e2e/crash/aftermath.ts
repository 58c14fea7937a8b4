import { listContainers, type Reality } from './reality.ts'
import { passage, type Wanted, type WantedContainer } from './wanted.ts'

/** Containers that the user is without right after the crash, though they were there before and are wanted after. */
export async function lost(from: Wanted, to: Wanted): Promise<string[]> {
  const now = await listContainers()
  const { kept, swapped } = passage(from, to)
  const isUp = (...names: string[]) => names.some((name) => now.get(name) === 'running')
  const isThere = (...names: string[]) => names.some((name) => now.has(name))
  const inTurn = ({ port, volume }: WantedContainer) => port !== undefined || volume !== undefined
  return [
    ...kept.filter((names) => !isUp(...names)).map(([name]) => `${name} does not run after the crash`),
    ...swapped.flatMap((name) => {
      const pair = [name, `${name}.lares-next`]
      if (!isThere(...pair)) return [`neither the old nor the new ${name} is there after the crash`]
      if (isUp(...pair) || inTurn(to.containers[name]!)) return []
      return [`neither the old nor the new ${name} runs after the crash`]
    }),
  ]
}

/** What had no reason to be made anew, and was. */
export function remade(before: Reality, after: Reality, from: Wanted, to: Wanted): string[] {
  const { kept } = passage(from, to)
  const containers = kept.filter(([old, name]) => {
    const [was, is] = [before.containers.get(old)?.Id, after.containers.get(name)?.Id]
    return was !== undefined && is !== undefined && was !== is
  })
  const volumes = to.volumes.filter((name) => {
    const was = before.volumes.get(name)
    return was !== undefined && after.volumes.get(name) !== was
  })
  return [...containers.map(([, name]) => name), ...volumes].map((name) => `${name} was made anew`)
}

/** Images that are there and no longer wanted, or wanted and gone. That of the first stage was there before the lab. */
export function imagesLeft(
  { images }: Reality,
  to: Wanted,
  references: Record<WantedContainer['image'], string>,
): string[] {
  const wanted = Object.values(to.containers).some(({ image }) => image === 'busyboxNext')
  const there = images.has(references.busyboxNext)
  return [
    ...(there === wanted ? [] : [`the image busyboxNext ${there ? 'was left' : 'is gone'}`]),
    ...(images.has(references.busybox) ? [] : ['the image busybox is gone']),
  ]
}

/** What a run has to have tidied up in `.lares`, and records that do not match what is wanted. */
export function leftInState(files: ReadonlyMap<string, string>, to: Wanted): string[] {
  const expected = ['.gitignore', 'key', 'state.json']
  const others = [...files.keys()].filter((name) => !expected.includes(name) && !isHarmless(name, files))
  const missing = expected.filter((name) => !files.has(name))
  const { resources, kept } = JSON.parse(files.get('state.json') ?? '{}') as Record<string, Record<string, object>>
  const containers = Object.values(to.containers)
  const addresses = [
    ...new Set(containers.map(({ image }) => image)),
    ...[...Object.keys(to.containers), ...Object.keys(to.networks), ...to.volumes],
  ]
  const recorded = Object.keys(resources ?? {})
  const pending = Object.entries(resources ?? {}).filter(([, record]) => 'pending' in record || 'deposed' in record)
  return [
    ...others.map((name) => `.lares/${name} was left`),
    ...missing.map((name) => `.lares/${name} is missing`),
    ...(files.get('.gitignore')?.includes('key\n') ? [] : ['.lares/.gitignore does not hide the key']),
    ...addresses.filter((address) => !recorded.includes(address)).map((address) => `${address} is not recorded`),
    ...recorded.filter((address) => !addresses.includes(address)).map((address) => `${address} is still recorded`),
    ...Object.keys(kept ?? {}).map((address) => `${address} is recorded as kept`),
    ...pending.map(([address]) => `${address} is recorded as unfinished`),
  ]
}

/** A draft of the key, or a journal from before the snapshot, which the next one that is begun replaces. */
function isHarmless(name: string, files: ReadonlyMap<string, string>): boolean {
  const serialIn = (text = '') => Number(/"serial":\s*(\d+)/.exec(text)?.[1])
  if (name === 'journal.ndjson') return serialIn(files.get(name)) < serialIn(files.get('state.json'))
  return /^key\.[0-9a-f]+\.tmp$/.test(name)
}
