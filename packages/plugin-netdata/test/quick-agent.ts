import type { SystemdHost } from '../../plugin-host/test/systemd-host.ts'

/** Netdata of Debian's packages on it, with little that it measures: the load, and what statsd is told. */
export async function startQuickAgent(sd: SystemdHost): Promise<void> {
  await sd.shell(`set -e
cat > /etc/netdata/netdata.conf <<'END'
[global]
  run as user = netdata
[db]
  mode = ram
  retention = 120
[web]
  bind to = 127.0.0.1
  web server threads = 1
[plugins]
  enable running new plugins = no
  apps = no
  cgroups = no
  charts.d = no
  diskspace = no
  go.d = no
  idlejitter = no
  perf = no
  python.d = no
  slabinfo = no
  tc = no
  timex = no
[ml]
  enabled = no
[health]
  run at least every seconds = 1
  script to execute on alarm = /bin/true
END
systemctl restart netdata
for try in $(seq 300); do
  ! curl -fs http://127.0.0.1:19999/api/v1/chart?chart=system.load > /dev/null || exit 0
  sleep .2
done
exit 1`)
}
