import type { SystemdHost } from '../../plugin-host/test/systemd-host.ts'

/** Its agent can't be restarted meanwhile: what is done then ends where a run would that is killed right before it does so. */
export async function withoutRestarts<T>(sd: SystemdHost, act: () => Promise<T>): Promise<T> {
  const folder = '/run/systemd/system/netdata.service.d'
  await sd.shell(
    `mkdir -p ${folder}; printf '[Unit]\\nRefuseManualStop=yes\\n' > ${folder}/held.conf; systemctl daemon-reload`,
  )
  try {
    return await act()
  } finally {
    await sd.shell(`rm ${folder}/held.conf; systemctl daemon-reload`)
  }
}
