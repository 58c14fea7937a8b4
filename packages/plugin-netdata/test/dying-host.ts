import { type Host, HostError } from '@lares/transport'

/** A host that is lost after so many calls that may change something, as to a run that is killed before the next one. */
export function dyingHost(host: Host, calls: number): Host {
  let left = calls
  const changing = new Set<PropertyKey>(['exec', 'script', 'spawn', 'writeFile'])
  return new Proxy(host, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function' || name === 'close') return method
      return (...words: unknown[]) => {
        if (changing.has(name)) left--
        if (left < 0) throw new HostError('connection_lost', 'it was killed')
        return method.apply(target, words)
      }
    },
  })
}
