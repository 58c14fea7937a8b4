import { createHash } from 'node:crypto'
import type { Host } from '@lares/transport'

/** What is at a path. */
export interface PathState {
  kind: 'file' | 'directory' | 'link' | 'other'
  /** Four octal digits: `0644`. */
  mode: string
  /** Name, or the number where it has none. */
  owner: string
  uid: number
  group: string
  gid: number
  size: number
  /** SHA-256 in hex, of files that can be read. */
  digest?: string
  /** Of text files up to 64 KiB whose digest was not among the expected ones. */
  text?: string
  /** Where a symbolic link leads. */
  target?: string
}

export interface PathQuestions {
  /** Digests of files are wanted; the text comes with those that have none of these. */
  expected?: readonly string[]
  /** The targets of links are wanted. */
  links?: boolean
  signal?: AbortSignal
}

/** Longer texts are not shown as a difference. */
export const textLimit = 65_536

/** What is wanted besides what `stat` says. */
type What = 'digests' | 'links' | ''

/** `$1` what of: `digests`, `links` or nothing; `$2` expected digests; then the paths. Sections end with a line of their own. */
const SCRIPT = `
what=$1 expected=$2; shift 2
stat -c '%F|%a|%U|%u|%G|%g|%s|%n' -- "$@"
[ -n "$what" ] || exit 0
count=$#
for path; do
  case $what in
  links) [ -L "$path" ] || continue;;
  *) [ -f "$path" ] && [ ! -L "$path" ] && [ -r "$path" ] || continue;;
  esac
  set -- "$@" "$path"
done
shift "$count"
[ $# -gt 0 ] || exit 0
if [ "$what" = links ]; then
  # One that takes a single link says so; one by one is slower.
  targets=$(readlink -- "$@" 2>/dev/null) && printf '==\\n%s\\n' "$targets" && exit 0
  printf '==\\n==\\n'
  for path; do printf '%s|%s\\n' "$path" "$(readlink -- "$path")"; done
  exit 0
fi
sums=$(sha256sum -- "$@")
printf '==\\n%s\\n==\\n' "$sums"
[ -n "$expected" ] || exit 0
while read -r sum path; do
  case " $expected " in *" $sum "*) continue;; esac
  [ "$(wc -c < "$path")" -gt ${textLimit} ] || printf '%s|%s\\n' "$path" "$(base64 < "$path" | tr -d '\\n')"
done <<END
$sums
END
`

const atOnce = 500

/** Looks at many paths in one round trip. What is not there is not in the answer; an Error stands for what could not be seen. */
export async function readPaths(
  host: Host,
  paths: readonly string[],
  { expected, links = false, signal }: PathQuestions = {},
): Promise<Map<string, PathState | Error>> {
  const what: What = expected ? 'digests' : links ? 'links' : ''
  const questions: Promise<[string, PathState | Error][]>[] = []
  for (let from = 0; from < paths.length; from += atOnce) {
    const some = paths.slice(from, from + atOnce)
    const args = [what, expected?.join(' ') ?? '', ...some]
    questions.push(
      host
        .ask(SCRIPT, { args, timeout: 30_000, signal })
        .then(({ stdout, stderr }) => parsePaths(some, what, stdout, stderr)),
    )
  }
  return new Map((await Promise.all(questions)).flat())
}

const kinds: Record<string, PathState['kind']> = {
  'regular file': 'file',
  'regular empty file': 'file',
  directory: 'directory',
  'symbolic link': 'link',
}

/** Parses what the script prints: GNU coreutils and busybox use the same words. */
function parsePaths(
  paths: readonly string[],
  what: What,
  stdout: string,
  stderr: string,
): [string, PathState | Error][] {
  const [stats = [], second = [], third = []] = sectionsOf(stdout)
  const sums = new Map(
    second.flatMap((line) => {
      const [, digest, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
      return path === undefined ? [] : [[path, digest!] as const]
    }),
  )
  const pairs = new Map(third.map((line) => line.split(/\|(.*)/s, 2) as [string, string]))
  const found = stats.flatMap((line) => (line.startsWith('symbolic link|') ? [line.split('|').slice(7).join('|')] : []))
  const inOrder = () => new Map(found.map((path, index) => [path, second[index] ?? '']))
  const targets = what === 'links' && third.length === 0 ? inOrder() : pairs
  const seen = new Map(
    stats.flatMap((line): [string, PathState][] => {
      const [, kind, mode, owner, uid, group, gid, size, path] =
        /^([^|]+)\|([^|]+)\|([^|]*)\|(\d+)\|([^|]*)\|(\d+)\|(\d+)\|(.+)$/.exec(line) ?? []
      if (path === undefined) return []
      const digest = sums.get(path)
      const text = textOf(pairs.get(path))
      const link = kinds[kind!] === 'link'
      const state: PathState = {
        kind: kinds[kind!] ?? 'other',
        mode: mode!.padStart(4, '0'),
        ...{ owner: nameOf(owner!, uid!), uid: Number(uid), group: nameOf(group!, gid!), gid: Number(gid) },
        size: Number(size),
        ...(digest === undefined ? {} : { digest }),
        ...(text === undefined ? {} : { text }),
        ...(link && targets.has(path) ? { target: targets.get(path)! } : {}),
      }
      return [[path, state]]
    }),
  )
  return paths.flatMap((path): [string, PathState | Error][] => {
    const state = seen.get(path)
    if (state) return [[path, state]]
    const complaint = complaintAbout(path, stderr)
    return complaint === undefined ? [] : [[path, new Error(`${path}: ${complaint}`)]]
  })
}

function sectionsOf(stdout: string): string[][] {
  const sections: string[][] = [[]]
  for (const line of stdout.split('\n')) {
    if (line === '==') sections.push([])
    else if (line !== '') sections.at(-1)!.push(line)
  }
  return sections
}

const nameOf = (name: string, id: string): string => (name === '' || name === 'UNKNOWN' ? id : name)

function textOf(encoded: string | undefined): string | undefined {
  if (encoded === undefined) return undefined
  return asText(Buffer.from(encoded, 'base64'))
}

/** Bytes as text, or undefined when they are none. */
export function asText(bytes: Uint8Array): string | undefined {
  if (bytes.length > textLimit || bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What `stat` said of a path, unless it said that it is not there. */
function complaintAbout(path: string, stderr: string): string | undefined {
  const said = stderr.split('\n').filter((line) => line.startsWith('stat: '))
  const about = said.filter((line) => line.includes(`${path}'`) || line.includes(`${path}:`))
  const complaint = about.find((line) => !/No such file or directory|Not a directory/.test(line))
  if (about.length === 0 && said.length === 0 && stderr.trim() !== '') return stderr.trim()
  return complaint?.split(': ').at(-1)
}

/** SHA-256 in hex. */
export const digestOf = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
