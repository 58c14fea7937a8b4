/** A script that makes packages of pacman and a repository of them at /srv/arch. It has one version of each. */
export const repository = `set -eu
mkdir -p /srv/arch/db && cd /srv/arch
field() { [ -z "$2" ] || printf '%%%s%%\\n%s\\n\\n' "$1" "$2"; }
build() { # name version depends provides conflicts install-script
  d=$(mktemp -d); mkdir -p "$d/etc"; echo "from $1 $2" > "$d/etc/$1.conf"
  {
    printf 'pkgname = %s\\npkgver = %s\\npkgdesc = a test\\nsize = 4096\\narch = any\\n' "$1" "$2"
    printf '%s\\n' "\${3:+depend = $3}" "\${4:+provides = $4}" "\${5:+conflict = $5}" | sed '/^$/d'
  } > "$d/.PKGINFO"
  [ -z "\${6:-}" ] || printf '%s\\n' "$6" > "$d/.INSTALL"
  f=$1-$2-any.pkg.tar.gz
  (cd "$d" && tar -czf "/srv/arch/$f" $(ls -A)); rm -r "$d"
  rm -rf db/"$1"-[0-9]*; mkdir "db/$1-$2"
  {
    field FILENAME "$f"; field NAME "$1"; field VERSION "$2"; field CSIZE "$(stat -c %s "$f")"; field ISIZE 4096
    field SHA256SUM "$(sha256sum "$f" | cut -d' ' -f1)"; field ARCH any
    field DEPENDS "\${3:-}"; field PROVIDES "\${4:-}"; field CONFLICTS "\${5:-}"
  } > "db/$1-$2/desc"
}
publish() { (cd db && tar -czf ../rig.db hello-*); }
if [ -n "\${1:-}" ]; then build "$1" "$2"; publish; pacman -Sy; exit; fi
build hello-web 2.0-1
build hello-db 1:5.0-1
build hello-app 1-1 hello-db
build hello-mta 1-1 '' hello-mail
build hello-rival 1-1 '' '' hello-db
build hello-slow 2-1 '' '' '' 'post_install() { touch /run/began; sleep $(cat /run/slow 2>/dev/null || echo 0); }'
build hello-late 1-1 '' '' '' 'post_install() { return 1; }'
publish
printf '[options]\\nArchitecture = auto\\nSigLevel = Never\\n[rig]\\nServer = file:///srv/arch\\n' > /etc/pacman.conf
rm /usr/bin/apt-get /usr/bin/dnf /usr/bin/zypper
`
