import { resourceContract } from '@lares/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import nfs from '../../src/index.ts'
import { mountingWithoutSystemd } from '../mounting.ts'

const minutes = 60_000
const api = { describe, it: (name: string, body: () => Promise<void>) => it(name, body, 20 * minutes), expect }
let guests: Awaited<ReturnType<typeof mountingWithoutSystemd>>

beforeAll(async () => {
  guests = await mountingWithoutSystemd()
}, 15 * minutes)
afterAll(() => guests?.remove())

const source = 'server:/srv/media'
const target = '/mnt/media'

resourceContract(api, {
  type: 'nfs.mount',
  factory: (address, inputs: Parameters<typeof nfs.mount>[1]) => nfs.mount(address, { ...inputs, on: guests.on }),
  base: { source, target },
  options: {
    readOnly: { readOnly: true },
    words: { options: ['hard', 'timeo=100', 'noatime', 'actimeo=30'] },
    version3: { version: '3', options: ['nolock', 'soft'], automount: false },
    otherSource: { source: 'server:/srv/other' },
  },
  combined: { readOnly: true, version: '4.1', options: ['nodev', 'nosuid', 'noexec', 'rsize=65536'], automount: false },
  replacement: { target: '/mnt/a film' },
  outside: {
    snapshot: () => guests.run("cat /etc/fstab; awk '$5 ~ /^.mnt/ { print $5, $10 }' /proc/self/mountinfo"),
    plant: async () => {
      await guests.run(`mkdir -p ${target}; echo '${source} ${target} nfs rw 0 0' >> /etc/fstab; mount ${target}`)
    },
    remove: async () => {
      await guests.run(`umount ${target} 2> /dev/null || :; sed -i '\\,${target},d' /etc/fstab`)
    },
  },
  killAfter: [0, 1000],
})
