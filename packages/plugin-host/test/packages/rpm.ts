import { archiveUrl } from '../../../../e2e/rig/layout.ts'

/**
 * A script that makes packages of rpm and a repository of them at /srv/rpms for dnf and zypper, and gives dnf its versionlock, which
 * Debian has in a package that zypper has to make room for.
 */
export const repository = `set -eu
mkdir -p /srv/rpms /tmp/rpmbuild && cd /tmp/rpmbuild
spec() { # name version more-fields pre post
  cat > "$1-$2.spec" <<END
Name: $1
Version: $2
Release: 1
Summary: a test
License: none
BuildArch: noarch
$3
%description
a test
%install
mkdir -p %{buildroot}/etc
echo "from $1 $2" > %{buildroot}/etc/$1.conf
%files
%config(noreplace) /etc/$1.conf
\${4:+%pre
$4}
\${5:+%post
$5}
END
}
publish() {
  rpmbuild -bb --quiet --nodeps --define '_topdir /tmp/rpmbuild' --define '_rpmdir /srv/rpms' \\
    --define '_build_name_fmt %%{NAME}-%%{VERSION}.rpm' --define '_binary_payload w0.gzdio' *.spec > /dev/null
  rm *.spec
  createrepo_c -q /srv/rpms
}
if [ -n "\${1:-}" ]; then
  spec "$1" "\${2%-1}" ''
  publish
  if command -v dnf > /dev/null; then dnf -q makecache --refresh; else zypper -q refresh; fi
  exit
fi
slow='touch /run/began; sleep $(cat /run/slow 2>/dev/null || echo 0)'
spec base 9 'Provides: /bin/sh
Provides: system-release(releasever) = 9
Provides: system-release = 9'
spec hello-web 1.0 ''
spec hello-web 1.1 ''
spec hello-web 2.0 ''
spec hello-db 5.0 'Epoch: 1'
spec hello-mta 1 'Provides: hello-mail'
spec hello-app 1 'Requires: hello-db'
spec hello-rival 1 'Conflicts: hello-db'
spec hello-slow 1 '' '[ ! -e /run/fail ]' "$slow"
spec hello-slow 2 '' '[ ! -e /run/fail ]' "$slow"
spec hello-late 1 '' '' 'exit 1'
mkdir -p /etc/rpm /etc/yum.repos.d /etc/zypp/repos.d
echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros
publish
printf '[rig]\\nname=rig\\nbaseurl=file:///srv/rpms\\ngpgcheck=0\\n' > /etc/yum.repos.d/rig.repo
printf '[rig]\\nname=rig\\nenabled=1\\nautorefresh=1\\nbaseurl=dir:///srv/rpms\\ngpgcheck=0\\n' > /etc/zypp/repos.d/rig.repo
echo skip_if_unavailable=False >> /etc/dnf/dnf.conf

rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] ${archiveUrl} ./' > /etc/apt/sources.list
apt-get -q update && apt-get -q -o APT::Sandbox::User=root download dnf-plugins-core
dpkg-deb -x dnf-plugins-core_*.deb plugins
modules=/usr/lib/python3/dist-packages
mkdir -p $modules/dnf-plugins /etc/dnf/plugins
cp -r plugins$modules/dnfpluginscore $modules/
cp plugins$modules/dnf-plugins/versionlock.py $modules/dnf-plugins/
cp plugins/etc/dnf/plugins/versionlock.* /etc/dnf/plugins/
rm /usr/bin/apt-get /usr/bin/pacman
`
