/** What of the lab is always the same. */
export interface Fixed {
  image: { url: string; sha256: string }
  /** Who may log in, and with what. */
  key: string
  identityFile: string
}

/** What of the lab changes. */
export interface Wanted {
  vcpus: number
  data: string
  release: string
}

export interface Passage {
  name: 'create' | 'change' | 'replace' | 'destroy'
  wanted: Wanted
  command: readonly string[]
  /** Whether anything is left to be done. */
  plan: readonly string[]
  /** How many first disks there are afterwards, one set aside included; none: no guest, and nothing but that one. */
  roots: number
}

const apply = { command: ['apply', '--yes'], plan: ['plan', '--detailed-exitcode'] }
const losses = ['guest/disks/root', 'guest/disks/data', 'store'].flatMap((each) => ['--allow-data-loss', each])
const made = { vcpus: 1, data: '8MiB', release: 'one' }
const changed = { vcpus: 2, data: '16MiB', release: 'one' }
const replaced = { ...changed, release: 'two' }

export const passages: Readonly<Record<Passage['name'], Passage>> = {
  create: { name: 'create', wanted: made, ...apply, roots: 1 },
  change: { name: 'change', wanted: changed, ...apply, roots: 1 },
  replace: { name: 'replace', wanted: replaced, ...apply, roots: 2 },
  destroy: {
    name: 'destroy',
    wanted: replaced,
    command: ['destroy', '--yes', ...losses],
    plan: ['plan', '--destroy', '--detailed-exitcode', ...losses],
    roots: 0,
  },
}

/**
 * Each makes a guest, changes it, puts another in its place and destroys it, and is killed at these boundaries. Only the
 * first one fetches the image.
 */
export const cycles: readonly (readonly (readonly [Passage['name'], string])[])[] = [
  [
    ['create', 'spawn #1 sent'],
    ['change', 'virsh define #1 sent'],
    ['replace', 'script #1 sent'],
    ['destroy', 'virsh vol-delete #1 sent'],
  ],
  [
    ['create', 'virsh start #1 sent'],
    ['change', 'virsh shutdown #1 sent'],
    ['replace', 'virsh define #2 after'],
    ['destroy', 'virsh undefine #1 sent'],
  ],
  [
    ['create', 'virsh vol-create-from #1 sent'],
    ['change', 'virsh start #1 before'],
    ['replace', 'virsh vol-upload #1 sent'],
    ['destroy', 'write journal.ndjson #2 half'],
  ],
  [
    ['create', 'write journal.ndjson #3 half'],
    ['change', 'write state.json.tmp #1 half'],
    ['replace', 'virsh start #1 after'],
    ['destroy', 'virsh destroy #1 after'],
  ],
]
