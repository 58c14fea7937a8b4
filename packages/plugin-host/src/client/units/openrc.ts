import type { InitDriver, UnitState } from '../units.ts'

/** OpenRC, as on Alpine: scripts in /etc/init.d, enabled in a runlevel. */
export const openrc: InitDriver = {
  query: `for name; do
  name=\${name%.service}
  if [ -e "/etc/init.d/$name" ]; then present=yes; else present=no; fi
  rc-service "$name" status >/dev/null 2>&1; status=$?
  if [ -e "/etc/runlevels/default/$name" ] || [ -e "/etc/runlevels/boot/$name" ] || [ -e "/etc/runlevels/sysinit/$name" ]
  then enabled=yes; else enabled=no; fi
  echo "$present $status $enabled"
done`,

  parse(names, stdout) {
    const lines = stdout.split('\n')
    return names.map((_, index): UnitState => {
      const [present, status, enabled] = (lines[index] ?? '').split(' ')
      const running = status === '0' || status === '8'
      const words: Record<string, string> = {
        0: 'started',
        3: 'stopped',
        4: 'stopping',
        8: 'starting',
        16: 'inactive',
        32: 'crashed',
      }
      return {
        present: present === 'yes',
        running,
        enabled: enabled === 'yes',
        masked: false,
        state: words[status ?? ''] ?? 'stopped',
      }
    })
  },

  command(verb) {
    const name = `name=\${1%.service}`
    if (verb === 'enable') return `${name}\nrc-update add "$name" default`
    if (verb === 'disable') return `${name}\nrc-update -a del "$name"`
    if (verb === 'reload') return `${name}\nrc-service "$name" reload || rc-service "$name" restart`
    if (verb === 'mask' || verb === 'unmask') return 'echo "OpenRC has no masked services" >&2; exit 1'
    return `${name}\nrc-service "$name" ${verb}`
  },

  log: `grep -sF "\${1%.service}" /var/log/messages | tail -n "$2"`,
  list: 'ls /etc/runlevels/default 2>/dev/null',
}
