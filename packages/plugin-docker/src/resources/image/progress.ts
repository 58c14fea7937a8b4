import { formatSize, type ProgressLine } from '../../client/index.ts'

const INTERVAL_MS = 1000

/** Turns an engine's many lines about layers and build steps into a line a second for people. */
export function progressLog(what: string, log: (message: string) => void): (line: ProgressLine) => void {
  const layers = new Map<string, { current: number; total: number; done: boolean }>()
  let last = performance.now()
  const tell = (message: string) => {
    last = performance.now()
    log(message)
  }
  return ({ id, status = '', progressDetail, stream }) => {
    const step = stream?.trim()
    if (step?.startsWith('Step ')) return tell(`${what}: ${step}`)
    if (id === undefined || !/^[0-9a-f]{12}$/.test(id)) return
    const layer = layers.get(id) ?? { current: 0, total: 0, done: false }
    if (/^(?:Pull complete|Already exists)/.test(status)) layer.done = true
    if (status === 'Downloading') Object.assign(layer, progressDetail)
    layers.set(id, layer)
    if (performance.now() - last < INTERVAL_MS) return
    const all = [...layers.values()]
    const bytes = (key: 'current' | 'total') => formatSize(all.reduce((sum, each) => sum + each[key], 0))
    tell(
      `${what}: ${all.filter(({ done }) => done).length} of ${all.length} layers, ${bytes('current')} of ${bytes('total')}`,
    )
  }
}
