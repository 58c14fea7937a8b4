import { createHash } from 'node:crypto'
import { type Audience, recipientLines } from './recipients.ts'
import { quote } from './shell.ts'

/** What is sent over HTTP, by the function `custom_sender` that alarm-notify.sh calls. */
export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Basic authentication. */
  readonly user?: string | undefined
  /** Members of a JSON object: bash that makes each. */
  readonly body: Readonly<Record<string, string>>
}

/** A string of JSON, and of the configuration of curl, from what bash makes of the words. */
const text = (words: string) => `$(lares_quote ${words})`
export const given = (value: string) => text(quote(value))

/** What a webhook is told: variables of alarm-notify.sh that all versions have. */
export const ALARM: Post['body'] = {
  host: text('"${host}"'),
  alarm: text('"${name}"'),
  chart: text('"${chart}"'),
  status: text('"${status}"'),
  previousStatus: text('"${old_status}"'),
  value: text('"${value_string}"'),
  info: text('"${info}"'),
  roles: text('"${roles}"'),
  url: text('"${goto_url}"'),
  when: '${when//[!0-9]/}',
}

/** As ntfy takes JSON (docs.ntfy.sh/publish). */
export const ntfyBody = (topic: string): Post['body'] => ({
  topic: given(topic),
  title: text('"${host} ${status}: ${name//_/ }"'),
  message: text('"${value_string} ${chart}"$\'\\n\'"${info}"'),
  priority: '$(case "${status}" in CRITICAL) echo 5 ;; WARNING) echo 4 ;; *) echo 3 ;; esac)',
  tags: '[$(case "${status}" in CRITICAL) echo \'"rotating_light"\' ;; WARNING) echo \'"warning"\' ;; *) echo \'"white_check_mark"\' ;; esac)]',
  click: text('"${goto_url}"'),
})

/**
 * Each block keeps the sender that stood before it, and hands on what is not for itself. Addresses and secrets go to curl
 * by its stdin, and are on no command line.
 */
export function postLines(
  channel: string,
  mark: string,
  { url, headers, user, body }: Post,
  audience: Audience,
): string[] {
  const id = `lares_${createHash('sha256').update(mark).digest('hex').slice(0, 12)}`
  const object = Object.entries(body).map(([key, value]) => `'"${key}":'"${value}"`)
  const about = `${channel} notification of ${mark} for: \${host} \${chart}.\${name} is \${status}`
  return [
    ...recipientLines('custom', [id], audience),
    'lares_quote() {',
    '  local s=${1//\\\\/\\\\\\\\}',
    "  s=${s//\\\"/\\\\\\\"} s=${s//$'\\n'/\\\\n} s=${s//$'\\r'/\\\\r} s=${s//$'\\t'/\\\\t}",
    '  printf \'"%s"\' "${s//[[:cntrl:]]/ }"',
    '}',
    `${id}() {`,
    '  local body code',
    ...object.map((member, i) => `  body${i ? '+' : ''}=${i ? "','" : "'{'"}${member}`),
    "  body+='}'",
    '  code=$({',
    `    printf 'url = %s\\n' "${given(url)}"`,
    `    printf 'header = %s\\n' "${given('Content-Type: application/json')}"`,
    ...Object.entries(headers).map(([name, value]) => `    printf 'header = %s\\n' "${given(`${name}: ${value}`)}"`),
    ...(user === undefined ? [] : [`    printf 'user = %s\\n' "${given(user)}"`]),
    '    printf \'data-raw = %s\\n\' "$(lares_quote "${body}")"',
    '  } | "${curl}" ${curl_options} --silent --show-error --max-time 30 --output /dev/null --write-out \'%{http_code}\' --config -)',
    '  case "${code}" in',
    `    2??) info "sent ${about}" ;;`,
    `    *) error "failed to send ${about} with HTTP response status code \${code}."; return 1 ;;`,
    '  esac',
    '}',
    `eval "${id}_next() $(declare -f custom_sender | tail -n +2)"`,
    'custom_sender() {',
    '  local to mine= others= sent=1',
    '  for to in ${1}; do',
    `    if [ "\${to}" = ${id} ]; then mine=yes; else others+=" \${to}"; fi`,
    '  done',
    `  [ -z "\${mine}" ] || ! ${id} || sent=0`,
    `  [ -z "\${others}" ] || ! ${id}_next "\${others# }" || sent=0`,
    '  return "${sent}"',
    '}',
  ]
}
