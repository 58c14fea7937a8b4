import type { SystemdHost } from '../../plugin-host/test/systemd-host.ts'

/**
 * Its agent is stopped without a last word, and asks nothing about its machine when it starts, which is half of the time that
 * both take: for tests that start it a hundred times.
 */
export const withoutCeremony = async (sd: SystemdHost): Promise<void> =>
  void (await sd.shell(`set -e
cd /usr/lib/netdata/plugins.d
for script in system-info.sh anonymous-statistics.sh get-kubernetes-labels.sh; do printf '#!/bin/sh\\n' > $script; done
mkdir -p /etc/systemd/system/netdata.service.d
printf '[Service]\\nKillSignal=SIGKILL\\nSuccessExitStatus=KILL\\n' > /etc/systemd/system/netdata.service.d/test.conf
systemctl daemon-reload`))

/** Its agent can't be restarted meanwhile: what is done then ends where a run would that is killed right before it does so. */
export const withoutRestarts = <T>(sd: SystemdHost, act: () => Promise<T>): Promise<T> =>
  withUnit(sd, '[Unit]\nRefuseManualStop=yes', act)

/** Its agent has so much to load that it is silent for so many seconds whenever it is started. */
export const withSlowStarts = <T>(sd: SystemdHost, seconds: number, act: () => Promise<T>): Promise<T> =>
  withUnit(sd, `[Service]\nExecStart=\nExecStart=/bin/sh -c "sleep ${seconds}; exec netdata -D"`, act)

async function withUnit<T>(sd: SystemdHost, lines: string, act: () => Promise<T>): Promise<T> {
  const folder = '/run/systemd/system/netdata.service.d'
  await sd.shell(`mkdir -p ${folder}; printf '%s\\n' "$1" > ${folder}/test.conf; systemctl daemon-reload`, lines)
  try {
    return await act()
  } finally {
    await sd.shell(`rm ${folder}/test.conf; systemctl daemon-reload`)
  }
}
