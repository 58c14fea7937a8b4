/** A script that makes Debian packages and an archive of them at /srv/archive, and leaves apt no other one. */
export const archive = `set -eu
mkdir -p /srv/archive && cd /srv/archive
build() { # name version more-fields postinst
  d=$(mktemp -d); mkdir -p "$d/DEBIAN" "$d/etc" "$d/lib/systemd/system"
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: Rig <rig@example.org>\\nDescription: a test\\n%s' "$1" "$2" "$3" > "$d/DEBIAN/control"
  echo "from $1 $2" > "$d/etc/$1.conf"; echo "/etc/$1.conf" > "$d/DEBIAN/conffiles"
  printf '[Service]\\nExecStart=/bin/sleep infinity\\nExecReload=/bin/true\\n[Install]\\nWantedBy=default.target\\n' > "$d/lib/systemd/system/$1.service"
  [ -z "\${4:-}" ] || { printf '%s\\n' '#!/bin/sh' "$4" > "$d/DEBIAN/postinst"; chmod 755 "$d/DEBIAN/postinst"; }
  chmod 755 "$d"; dpkg-deb --root-owner-group -Znone -b "$d" "$1_$2.deb" > /dev/null; rm -r "$d"
}
publish() {
  for f in *.deb; do
    dpkg-deb -f "$f"
    printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$f" "$(stat -c %s "$f")" "$(sha256sum "$f" | cut -d' ' -f1)"
  done > Packages
}
if [ -n "\${1:-}" ]; then build "$1" "$2" ''; publish; apt-get -q update; exit; fi
slow='[ ! -e /run/fail ] || exit 1; touch /run/began; sleep $(cat /run/slow 2>/dev/null || echo 0)'
build hello-web 1.0-1 ''
build hello-web 1.1-1 ''
build hello-web 2.0-1 ''
build hello-db 1:5.0-1 ''
build hello-mta 1-1 'Provides: hello-mail
'
build hello-app 1-1 'Depends: hello-db
'
build hello-rival 1-1 'Conflicts: hello-db
'
build hello-slow 1-1 '' "$slow"
build hello-slow 2-1 '' "$slow"
publish
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
mkdir -p /etc/apt/sources.list.d
echo 'deb [trusted=yes] file:/srv/archive ./' > /etc/apt/sources.list.d/rig.list
`
