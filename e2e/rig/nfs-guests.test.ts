import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type NfsGuests, nfsGuests } from './nfs-guests.ts'

const minutes = 60_000
const source = 'server:/srv/media'
let guests: NfsGuests

beforeAll(async () => {
  guests = await timed('both guests are up', nfsGuests)
}, 15 * minutes)
afterAll(() => guests?.remove())

test('the guests answer as Lares connects to them, with nothing of NFS running', { timeout: 5 * minutes }, async () => {
  for (const { name, endpoint } of [guests.server, guests.client]) {
    const host = await connectHost(endpoint)
    const look = 'hostname; ls /proc/fs/nfsd; systemctl is-enabled nfs-server; systemctl is-active rpc-statd docker'
    const { stdout } = await host.script(look, { reject: false })
    await host.close()
    expect(stdout.trim().split('\n')).toEqual([name, 'disabled', 'inactive', 'inactive'])
  }
})

test('a file written on one side is read on the other, by NFS 4.2 and 3', { timeout: 15 * minutes }, async () => {
  const { server, client } = guests
  await server.run(`mkdir -p /srv/media /etc/exports.d && echo first > /srv/media/note && chown -R 33:33 /srv/media`)
  const exported = `/srv/media ${client.address}(rw,sync,no_subtree_check,all_squash,anonuid=33,anongid=33)`
  await server.run(`echo '${exported}' > /etc/exports.d/house.exports`)
  await timed('nfs-server starts', () => server.run('systemctl start nfs-server'))
  expect(await server.run('exportfs -s')).toContain(`/srv/media  ${client.address}(sync,`)
  await client.run('mkdir -p /mnt/media /mnt/old')
  await timed('mounted with vers=4.2', () => client.run(`mount -t nfs -o vers=4.2 ${source} /mnt/media`))
  await timed('mounted with vers=3', () => client.run(`mount -t nfs -o vers=3,nolock ${source} /mnt/old`))
  const mounts = await client.run('grep -o "nfs4* server:.*vers=[^,]*" /proc/self/mountinfo')
  expect(mounts).toMatch(/nfs4 server:\/srv\/media rw,vers=4\.2\nnfs server:\/srv\/media rw,.*vers=3/)
  expect(await client.run('cat /mnt/media/note /mnt/old/note')).toBe('first\nfirst')
  await client.run('echo second > /mnt/media/answer; echo third > /mnt/old/again; umount /mnt/old')
  expect(await server.run('cd /srv/media; cat answer again; stat -c %u:%g answer')).toBe('second\nthird\n33:33')
})

test('who asks a frozen server hangs until it is thawed', { timeout: 15 * minutes }, async () => {
  const { server, client } = guests
  const look = 'timeout --kill-after=2 2 stat --format=%s /mnt/media/answer || echo hung $?'
  await client.run('echo 3 > /proc/sys/vm/drop_caches')
  await server.freeze()
  expect(await timed('stat was ended', () => client.run(look))).toMatch(/^hung (124|137)$/)
  await server.thaw()
  expect(await timed('stat after the thaw', () => client.run('stat --format=%s /mnt/media/answer'))).toBe('7')
})

test('a server that lost its power is back with its exports', { timeout: 15 * minutes }, async () => {
  const { server, client } = guests
  await server.run('systemctl enable nfs-server; sync')
  await timed('the power is off', server.powerOff)
  expect(await client.run('timeout --kill-after=2 2 stat /mnt/media/answer || echo hung')).toBe('hung')
  await timed('the server is started', server.start)
  expect(await timed('the mount goes on', () => client.run('cat /mnt/media/answer'))).toBe('second')
})

test('asked for again, they are as fresh as at first', { timeout: 5 * minutes }, async () => {
  guests = await timed('both guests are up again', nfsGuests)
  expect(await guests.server.run('ls /etc /srv')).not.toMatch(/exports.d|media/)
  expect(await guests.client.run('grep -c nfs /proc/self/mountinfo || true')).toBe('0')
  const skew = Math.abs(Number(await guests.client.run('date +%s')) - Date.now() / 1000)
  expect(skew).toBeLessThan(60)
})

/** Prints how long it took: the figures are what whoever waits for guests goes by. */
async function timed<T>(what: string, body: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await body()
  console.log(`nfs  ${what.padEnd(36)}${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`)
  return result
}
