import host from '@lares/plugin-host'
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
