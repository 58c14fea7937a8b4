import host from '@lares/plugin-host'
import { connectHost } from '@lares/transport'
import { type NfsGuests, nfsGuests } from '../../../e2e/rig/nfs-guests.ts'

/** Two guests, of which one exports /srv/media and /srv/other to the other, without Lares. */
export async function mounting(): Promise<NfsGuests & { on: ReturnType<typeof host.machine> }> {
  const guests = await nfsGuests()
  await guests.server.run(`set -eu
    mkdir -p /srv/media /srv/other
    echo first > /srv/media/note
    systemctl -q enable --now nfs-server
    for path in /srv/media /srv/other; do
      echo "$path ${guests.client.address}(rw,no_root_squash,no_subtree_check)" >> /etc/exports
    done
    exportfs -a`)
  return { ...guests, on: host.machine('client', guests.client.endpoint) }
}

/**
 * The same with a client whose commands see no systemd, as on Alpine, and mount in a namespace of their own. On an
 * emulated machine that is many times as fast: systemd reads all its units again for each line of fstab.
 */
export async function mountingWithoutSystemd() {
  const guests = await mounting()
  const { endpoint } = guests.client
  const sshd = '/usr/sbin/sshd -D -p 2222 -o UsePAM=no -o PidFile=none'
  await guests.client.run(
    // Without PAM, sshd takes a locked password for a locked account.
    `usermod -p '*' root
    systemd-run -q unshare -m --propagation private sh -c 'mount -t tmpfs none /run/systemd; exec ${sshd}'
    until ss -ltn | grep -q :2222; do sleep 0.2; done`,
  )
  const bare = { ...endpoint, port: 2222 }
  const session = await connectHost(bare)
  return {
    ...guests,
    on: host.machine('client', bare),
    run: async (script: string) => (await session.script(script)).stdout,
    remove: async () => {
      await session.close()
      await guests.remove()
    },
  }
}
