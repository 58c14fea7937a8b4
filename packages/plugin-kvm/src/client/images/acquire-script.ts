/**
 * Brings an image into a directory of a host, by one of two ways: the host fetches it, or it comes over stdin. What was
 * begun is gone on with, two at once wait for each other, and nothing has the final name before it is verified.
 *
 * Arguments: directory, name while it is begun, final name, sha256 or sha512, digest, unpacking tool or nothing, `host`
 * or `here`. The first line of stdin is the URL, so that no command line shows it. It says, each on a line:
 * `waiting`, `total BYTES`, `offset BYTES` (then it reads the rest of stdin), `bytes BYTES`, `verify`, `unpack`,
 * `fail REASON WORDS`.
 */
export const ACQUIRE = `
set -u
umask 022
part=$2 final=$3 sum=$4sum digest=$5 unpack=$6 from=$7
say() { printf '%s\\n' "$*"; }
fail() { say "fail $*"; exit 1; }
has() { command -v "$1" > /dev/null 2>&1; }
size() { stat -c %s "$part"; }
free() { set -- $(df -Pk . | tail -n 1); echo "$4"; }
named() { printf 'url = "%s"\\n' "$url"; }
cd "$1" || fail directory
IFS= read -r url
[ -e "$final" ] && exit 0
for tool in "$sum" flock $unpack; do has "$tool" || fail tool "$tool"; done

waited=
while :; do
  touch "$part" || fail directory
  exec 9>> "$part"
  if ! flock -n 9; then
    [ -n "$waited" ] || say waiting
    waited=1
    flock -w 3600 9 || fail locked
  fi
  [ /proc/self/fd/9 -ef "$part" ] && break
done
if [ -e "$final" ]; then rm -f "$part"; exit 0; fi

download() {
  if has curl; then
    named | curl --fail --silent --show-error --location --config - --connect-timeout 30 --speed-limit 1 \\
      --speed-time 60 --retry 3 --retry-delay 1 --continue-at - --output "$part" 9>&-
  else
    printf '%s\\n' "$url" | wget --no-verbose --continue --input-file - --output-document "$part" --timeout 60 \\
      --tries 3 9>&-
  fi
}
transfer() {
  if [ "$from" = here ]; then say "offset $(size)"; cat >> "$part"; return; fi
  has curl || has wget || fail tool curl
  if has curl; then
    total=$(named | curl --fail --silent --location --head --config - --connect-timeout 30 --max-time 60 9>&- |
      tr -d '\\r' | sed -n 's/^[Cc]ontent-[Ll]ength: *//p' | tail -n 1)
    if [ -n "$total" ]; then
      say "total $total"
      need=$(((total - $(size)) / 1024))
      if [ "$need" -gt "$(free)" ]; then rm -f "$part"; fail space "$need" "$(free)"; fi
    fi
  fi
  (while sleep 1 > /dev/null 2>&1; do say "bytes $(size)"; done) 9>&- &
  watch=$!
  download
  code=$?
  kill "$watch"
  return "$code"
}
verify() {
  say verify
  actual=$("$sum" < "$part")
  actual=\${actual%% *}
  [ "$actual" = "$digest" ]
}

resumed=0
[ "$(size)" -gt 0 ] && resumed=1
if [ "$resumed" = 0 ] || ! verify; then
  transfer
  code=$?
  if [ "$code" -ne 0 ]; then
    # Only what a later try can go on with stays.
    case $from$code in host6 | host7 | host18 | host28 | host35 | host52 | host56 | here*) ;; *) rm -f "$part" ;; esac
    [ "$(free)" -gt 0 ] || { rm -f "$part"; fail space; }
    fail download "$code" "$resumed"
  fi
  if ! verify; then rm -f "$part"; fail checksum "$actual" "$resumed"; fi
fi

ready=$part
if [ -n "$unpack" ]; then
  say unpack
  ready=$part.unpacked
  "$unpack" -dc < "$part" > "$ready" || { rm -f "$ready"; [ "$(free)" -gt 0 ] || fail space; fail unpack; }
fi
chmod 0444 "$ready" && sync "$ready" && mv -f "$ready" "$final" || fail directory
[ "$ready" = "$part" ] || rm -f "$part"
`
