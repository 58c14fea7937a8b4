import { type Change, formatPath, parsePath } from '@lares/core'

/** What a Compose file calls an option of a container, where that is another word. */
const OTHER: Readonly<Record<string, string>> = {
  env: 'environment',
  mounts: 'volumes',
  securityOptions: 'security_opt',
  storageOptions: 'storage_opt',
  dnsOptions: 'dns_opt',
  cgroupNamespace: 'cgroup',
  userns: 'userns_mode',
  imageId: 'image',
  name: 'container_name',
}

const LIMITS: Readonly<Record<string, string>> = {
  memory: 'mem_limit',
  memoryReservation: 'mem_reservation',
  memorySwap: 'memswap_limit',
  memorySwappiness: 'mem_swappiness',
  cpusetCpus: 'cpuset',
}

/**
 * Options whose values are names, numbers or one of a few words. All others may hold a secret, be it by a variable of the files:
 * that they differ is told, and not how.
 */
const PLAIN: ReadonlySet<string> = new Set([
  ...['image', 'imageId', 'platform', 'name', 'state', 'restart', 'resources', 'ulimits', 'shmSize'],
  ...['ports', 'expose', 'publishAllPorts', 'networkMode', 'volumesFrom'],
  ...['capAdd', 'capDrop', 'privileged', 'readOnly', 'init', 'runtime', 'tty', 'stdinOpen'],
  ...['pid', 'ipc', 'uts', 'userns', 'cgroupNamespace', 'stopSignal', 'stopGracePeriod'],
])

const inSnakeCase = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function wordsOf(path: string): string[] {
  const [option = '', ...rest] = parsePath(path).map(String)
  if (option !== 'resources') return [OTHER[option] ?? inSnakeCase(option), ...rest]
  const [limit = '', ...devices] = rest
  return [LIMITS[limit] ?? inSnakeCase(limit), ...devices]
}

/** A difference of a container as it may be shown: in the words of a Compose file, without what may be secret. */
export function shown({ before, after, secret: _, ...change }: Change): Change {
  const path = formatPath(wordsOf(change.path))
  const [option = ''] = parsePath(change.path).map(String)
  if (option === 'networks') {
    const note = before === undefined ? 'to be joined' : after === undefined ? 'to be left' : 'another attachment'
    return { ...change, path, note }
  }
  if (!PLAIN.has(option)) return { ...change, path }
  return { ...change, path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
}

/** Why a container is changed, in a few words. */
export function causeOf({ path, note, before, after }: Change): string {
  if (path === '') return note!
  const [option, name] = parsePath(path).map(String)
  if (option === 'imageId') return 'image digest changed'
  if (option === 'networks' && after === undefined) return `off network ${name}`
  if (option === 'networks' && before === undefined) return `network ${name}`
  if (option === 'state') return note ?? 'it is not running'
  if (option === 'unfinished') return 'an interrupted replacement'
  return wordsOf(path).join(': ')
}
