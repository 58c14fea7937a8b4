import { setTimeout as delay } from 'node:timers/promises'
import { type Host, HostError } from '@lares/transport'

/** A user as the host knows it. */
export interface UserState {
  name: string
  uid: number
  gid: number
  /** Name of the primary group. */
  group: string
  /** Names of the others, sorted. */
  groups: string[]
  comment: string
  home: string
  /** Its home is empty and root's still, as a useradd leaves it that was ended before it was done. */
  homeUnfinished?: true
  shell: string
  /** As in shadow(5); absent where it was not asked for, or the login may not see it. */
  passwordHash?: string
  /** Lines of `~/.ssh/authorized_keys`, without comments. */
  authorizedKeys: string[]
}

export interface GroupState {
  name: string
  gid: number
}

/** Whether what is in `home` waits for its user. Links, and what can't be looked into, are left alone. */
const IF_UNFINISHED = `if [ -d "$home" ] && [ ! -L "$home" ] && [ -r "$home" ] &&
    [ "$(stat -c %u "$home")" = 0 ] && [ -z "$(ls -A "$home")" ]; then`

/**
 * `$1` whose password hashes are wanted; then the names. Databases as `getent` prints them; without it, as on the smallest
 * systems, the files themselves.
 */
const SCRIPT = `
set -f
hashes=$1; shift
database() {
  name=$1; shift
  if command -v getent >/dev/null 2>&1; then getent "$name" "$@"; else cat "/etc/$name"; fi 2>/dev/null
}
users=$(database passwd "$@") groups=$(database group) shadow= unfinished=
if [ -n "$hashes" ] && [ -r /etc/shadow ]; then shadow=$(database shadow $hashes); fi
printf '%s\\n==\\n' "$users" "$groups" "$shadow"
while IFS=: read -r name _ _ _ _ home _; do
  case " $* " in *" $name "*) ;; *) continue;; esac
  ${IF_UNFINISHED} unfinished="$unfinished $name"; fi
  [ -f "$home/.ssh/authorized_keys" ] && [ -r "$home/.ssh/authorized_keys" ] || continue
  while IFS= read -r line || [ -n "$line" ]; do printf '%s %s\\n' "$name" "$line"; done < "$home/.ssh/authorized_keys"
done <<END
$users
END
printf '==\\n%s\\n' "$unfinished"
`

export interface UserQuestions {
  /** Of whom the password hash is wanted; of nobody when absent. */
  hashesOf?: readonly string[]
  signal?: AbortSignal | undefined
}

/** Looks at many users in one round trip. Who is not there is not in the answer. */
export async function readUsers(
  host: Host,
  names: readonly string[],
  { hashesOf = [], signal }: UserQuestions = {},
): Promise<Map<string, UserState>> {
  const { stdout } = await host.ask(SCRIPT, { args: [hashesOf.join(' '), ...names], timeout: 30_000, signal })
  return parseUsers(names, hashesOf, stdout)
}

/** Parses what the script prints: passwd(5), group(5) and shadow(5). */
function parseUsers(names: readonly string[], hashesOf: readonly string[], stdout: string): Map<string, UserState> {
  const [passwd = [], group = [], shadow = [], keys = [], unfinished = []] = stdout
    .split(/^==$/m)
    .map((section) => section.split('\n').filter((line) => line !== ''))
  const groups = group.map((line) => line.split(':'))
  const hashes = new Map(shadow.map((line) => line.split(':', 2) as [string, string]))
  const waiting = new Set(unfinished.flatMap((line) => line.split(' ')))
  const found = new Map<string, UserState>()
  for (const line of passwd) {
    const [name = '', , uid, gid, comment = '', home = '', shell = ''] = line.split(':')
    if (!names.includes(name)) continue
    const primary = groups.find(([, , id]) => id === gid)
    const member = groups.filter(([, , , members = '']) => members.split(',').includes(name))
    const hash = hashesOf.includes(name) ? hashes.get(name) : undefined
    found.set(name, {
      ...{ name, uid: Number(uid), gid: Number(gid), comment, home, shell },
      ...(waiting.has(name) ? { homeUnfinished: true } : {}),
      group: primary?.[0] ?? gid ?? '',
      groups: member.map(([each]) => each!).sort(),
      ...(hash === undefined ? {} : { passwordHash: hash }),
      authorizedKeys: keys.flatMap((each) => {
        const key = each.startsWith(`${name} `) ? each.slice(name.length + 1).trim() : ''
        return key === '' || key.startsWith('#') ? [] : [key]
      }),
    })
  }
  return found
}

/** Looks at many groups in one round trip. */
export async function readGroups(
  host: Host,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, GroupState>> {
  const script = 'if command -v getent >/dev/null 2>&1; then getent group "$@"; else cat /etc/group; fi'
  const { stdout } = await host.ask(script, { args: names, timeout: 30_000, signal })
  const lines = stdout.split('\n').map((line) => line.split(':'))
  return new Map(
    lines.flatMap(([name = '', , gid]): [string, GroupState][] =>
      names.includes(name) ? [[name, { name, gid: Number(gid) }]] : [],
    ),
  )
}

/** What a user is to be; what is left out is the system's choice, or stays. */
export interface UserSpec {
  uid?: number | undefined
  group?: string | undefined
  groups?: readonly string[] | undefined
  comment?: string | undefined
  home?: string | undefined
  shell?: string | undefined
  passwordHash?: string | undefined
  authorizedKeys?: readonly string[] | undefined
}

export interface NewUser extends UserSpec {
  system?: boolean | undefined
  createHome?: boolean | undefined
}

const optionsOf = ({ uid, group, groups, comment, home, shell }: UserSpec): string[] => [
  ...(uid === undefined ? [] : ['-u', String(uid)]),
  ...(group === undefined ? [] : ['-g', group]),
  ...(groups === undefined ? [] : ['-G', groups.join(',')]),
  ...(comment === undefined ? [] : ['-c', comment]),
  ...(home === undefined ? [] : ['-d', home]),
  ...(shell === undefined ? [] : ['-s', shell]),
]

/** Makes a user. Rejects with a HostError. */
export async function addUser(host: Host, name: string, spec: NewUser, signal?: AbortSignal): Promise<void> {
  const { system = false, createHome = !system } = spec
  const options = [...(system ? ['-r'] : []), createHome ? '-m' : '-M', ...optionsOf(spec)]
  await shadowTool(host, ['useradd', ...options, '--', name], signal)
  await setCredentials(host, name, spec, signal)
}

/** Changes what is given; `groups` are then exactly these. A new home is not filled with the files of the old one. */
export async function changeUser(host: Host, name: string, spec: UserSpec, signal?: AbortSignal): Promise<void> {
  const options = optionsOf(spec)
  if (options.length > 0) await shadowTool(host, ['usermod', ...options, '--', name], signal)
  await setCredentials(host, name, spec, signal)
}

/** As useradd does; the home is its user's with all that is in it, or as it was. */
const FINISH_HOME = `set -eu
home=$(eval echo "~$1")
${IF_UNFINISHED}
  draft=$home.lares
  rm -rf "$draft"
  mkdir -m 700 "$draft"
  [ ! -d /etc/skel ] || cp -R /etc/skel/. "$draft"
  mode=$(sed -n 's/^HOME_MODE[[:space:]]*//p' /etc/login.defs 2> /dev/null)
  chmod "\${mode:-755}" "$draft"
  chown -R "$(id -u "$1"):$(id -g "$1")" "$draft"
  mv -T "$draft" "$home"
fi
`

/** Ends what a useradd began that was killed. Rejects with a HostError. */
export async function finishHome(host: Host, name: string, signal?: AbortSignal): Promise<void> {
  await host.script(FINISH_HOME, { args: [name], signal })
}

/** A useradd that was ended before it was done leaves an empty home that is root's, and userdel takes no home of another's away. */
const DROP_UNFINISHED_HOME = `home=$(eval echo "~$1")
[ -L "$home" ] || [ "$(stat -c %u "$home" 2> /dev/null)" != 0 ] || rmdir "$home" 2> /dev/null || :
`

/** Removes a user, and its home only when that is said. Succeeds when there is none. */
export async function removeUser(
  host: Host,
  name: string,
  { removeHome = false, signal }: { removeHome?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  if (removeHome) await host.script(DROP_UNFINISHED_HOME, { args: [name], signal })
  await shadowTool(host, ['userdel', ...(removeHome ? ['-r'] : []), '--', name], signal, { missing: 6 })
}

export async function addGroup(
  host: Host,
  name: string,
  { gid, system = false }: { gid?: number | undefined; system?: boolean | undefined },
  signal?: AbortSignal,
): Promise<void> {
  const options = [...(system ? ['-r'] : []), ...(gid === undefined ? [] : ['-g', String(gid)])]
  await shadowTool(host, ['groupadd', ...options, '--', name], signal)
}

export async function changeGroup(host: Host, name: string, gid: number, signal?: AbortSignal): Promise<void> {
  await shadowTool(host, ['groupmod', '-g', String(gid), '--', name], signal)
}

/** Succeeds when there is none. */
export async function removeGroup(host: Host, name: string, signal?: AbortSignal): Promise<void> {
  await shadowTool(host, ['groupdel', '--', name], signal, { missing: 6 })
}

/** Another one may hold the lock of the databases for a moment. */
const locked = /cannot lock|try again later/
const attempts = 5

async function shadowTool(
  host: Host,
  command: [string, ...string[]],
  signal: AbortSignal | undefined,
  { missing }: { missing?: number } = {},
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { exitCode, stderr } = await host.exec(command, { signal, reject: false })
    if (exitCode === 0 || exitCode === missing) return
    if (locked.test(stderr) && attempt < attempts) {
      await delay(500 * attempt, undefined, signal ? { signal } : {})
      continue
    }
    const said = stderr.trim().split('\n').at(-1)
    throw new HostError('command_failed', `${host.description}: ${command[0]} ${command.at(-1)}: ${said || exitCode}`, {
      ...{ detail: stderr.trim(), exitCode },
      ...(exitCode === 127 ? { advice: 'Install the tools for users: the package is called shadow on Alpine.' } : {}),
    })
  }
}

async function setCredentials(host: Host, name: string, spec: UserSpec, signal: AbortSignal | undefined) {
  const { passwordHash, authorizedKeys } = spec
  // Over stdin, because everyone sees a command line.
  if (passwordHash !== undefined)
    await host.exec(['chpasswd', '-e'], { input: `${name}:${passwordHash}\n`, signal, sensitive: [passwordHash] })
  if (authorizedKeys) await writeKeys(host, name, authorizedKeys, signal)
}

/** The directory is the user's own to rearrange, so a link in it leads nobody astray. */
const PREPARE_KEYS = `set -eu
home=$(eval echo "~$1")
case $home in /*) ;; *) echo "$1 has no home" >&2; exit 1;; esac
[ -d "$home" ] || { echo "$home: No such file or directory" >&2; exit 1; }
if [ -L "$home/.ssh" ]; then echo "$home/.ssh is a symbolic link" >&2; exit 1; fi
[ -d "$home/.ssh" ] || { mkdir -m 700 "$home/.ssh"; chown -- "$(id -u "$1"):$(id -g "$1")" "$home/.ssh"; }
id -u "$1"; id -g "$1"
printf '%s\\n' "$home"
`

async function writeKeys(host: Host, name: string, keys: readonly string[], signal: AbortSignal | undefined) {
  const { stdout } = await host.script(PREPARE_KEYS, { args: [name], signal })
  const [uid, gid, home] = stdout.split('\n')
  const text = keys.map((key) => `${key.trim()}\n`).join('')
  const access = { mode: 0o600, owner: uid, group: gid, signal }
  await host.writeFile(`${home}/.ssh/authorized_keys`, text, access)
}
