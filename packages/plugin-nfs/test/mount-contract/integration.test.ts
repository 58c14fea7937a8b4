import { resourceContract } from '@lares/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import nfs from '../../src/index.ts'
import { mounting } from '../mounting.ts'

const minutes = 60_000
const api = { describe, it: (name: string, body: () => Promise<void>) => it(name, body, 20 * minutes), expect }
let guests: Awaited<ReturnType<typeof mounting>>

beforeAll(async () => {
  guests = await mounting()
}, 15 * minutes)
afterAll(() => guests?.remove())

const source = 'server:/srv/media'
const target = '/mnt/media'
const run = (script: string) => guests.client.run(script)

resourceContract(api, {
  type: 'nfs.mount',
  factory: (address, inputs: Parameters<typeof nfs.mount>[1]) => nfs.mount(address, { ...inputs, on: guests.on }),
  base: { source, target },
  options: {
    readOnly: { readOnly: true },
    version: { version: '4.1' },
    words: { options: ['hard', 'timeo=100', 'noatime', 'actimeo=30'] },
    atOnce: { automount: false },
    version3: { version: '3', options: ['nolock', 'soft'], automount: false },
    otherSource: { source: 'server:/srv/other' },
  },
  combined: { readOnly: true, version: '4.1', options: ['nodev', 'nosuid', 'noexec', 'rsize=65536'], automount: false },
  replacement: { target: '/mnt/a film' },
  outside: {
    snapshot: () => run("cat /etc/fstab; awk '$5 ~ /^.mnt/ { print $5, $10 }' /proc/self/mountinfo"),
    plant: async () => {
      await run(`mkdir -p ${target}; echo '${source} ${target} nfs rw 0 0' >> /etc/fstab; mount ${target}`)
    },
    remove: async () => {
      await run(`systemctl stop mnt-media.automount; umount ${target} || :; sed -i '\\,${target},d' /etc/fstab`)
    },
  },
  killAfter: [0, 1000],
})
