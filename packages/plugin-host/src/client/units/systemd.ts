import type { InitDriver, UnitState } from '../units.ts'

/** `nginx` is `nginx.service`, as for systemctl. */
const unitName = (name: string) =>
  /\.(service|socket|timer|path|mount|automount|target|slice|swap)$/.test(name) ? name : `${name}.service`

const enabledStates = new Set(['enabled', 'enabled-runtime', 'linked', 'alias'])
/** Units without an [Install] section, and those that something makes or that are run in passing. */
const fixedStates = new Set(['static', 'indirect', 'generated', 'transient'])

/** systemd, by `systemctl show`, whose answers are separated by empty lines. */
export const systemd: InitDriver = {
  query: `systemctl show --no-pager -p LoadState,ActiveState,SubState,UnitFileState -- "$@"`,

  parse(names, stdout) {
    const blocks = stdout.trim().split(/\n\s*\n/)
    return names.map((_, index): UnitState => {
      const of = Object.fromEntries(
        (blocks[index] ?? '').split('\n').map((line) => line.split('=', 2) as [string, string]),
      )
      const masked = of.LoadState === 'masked' || of.UnitFileState === 'masked'
      return {
        present: of.LoadState !== undefined && of.LoadState !== 'not-found',
        running: of.ActiveState === 'active' || of.ActiveState === 'activating' || of.ActiveState === 'reloading',
        enabled: fixedStates.has(of.UnitFileState ?? '') ? 'fixed' : enabledStates.has(of.UnitFileState ?? ''),
        masked,
        state: `${of.ActiveState ?? 'unknown'} (${of.SubState ?? ''})`,
      }
    })
  },

  command(verb) {
    // A unit whose file has changed is read again first.
    const fresh = `[ "$(systemctl show -p NeedDaemonReload --value -- "$1")" != yes ] || systemctl daemon-reload`
    if (verb === 'start') return `${fresh}\nsystemctl reset-failed -- "$1" 2>/dev/null\nsystemctl start -- "$1"`
    if (verb === 'reload') return `${fresh}\nsystemctl reload-or-restart -- "$1"`
    if (verb === 'restart') return `${fresh}\nsystemctl restart -- "$1"`
    if (verb === 'stop' || verb === 'mask' || verb === 'unmask') return `systemctl ${verb} -- "$1"`
    return `systemctl --quiet ${verb} -- "$1"`
  },

  log: 'journalctl --no-pager -q -o short -n "$2" -u "$1" 2>/dev/null || systemctl status --no-pager -n "$2" -- "$1"',
  list: `systemctl list-unit-files --no-legend --no-pager --type=service --state=enabled | while read -r unit _; do
  case $unit in *@.service) ;; *) echo "$unit";; esac
done`,
}

export { unitName }
