import { readFileSync } from 'node:fs'
import { connectHost, type Host } from '@lares/transport'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { archiveUrl, webPort } from '../../../../e2e/rig/layout.ts'
import { until } from '../../../../e2e/rig/wait.ts'
import { repository } from '../../../plugin-host/test/packages/rpm.ts'
import { type SystemdHost, startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import { installPart, startServer } from '../../src/client/index.ts'

/** Where it has, tests of guests start it. */
const hasServer = /\bnfsd\b/.test(readFileSync('/proc/filesystems', 'utf8'))

let sd: SystemdHost
let host: Host

async function boot(number: number): Promise<void> {
  sd = await startSystemdHost(number)
  const { address, hostKey, identityFile } = sd
  host = await connectHost({ address, user: 'root', hostKey, identityFiles: [identityFile] })
}
async function shutDown(): Promise<void> {
  await host?.close()
  await sd?.stop()
}
/** Who held a lock lets it go. */
const release = () => sd.shell('systemctl stop holder 2> /dev/null; systemctl reset-failed; rm -f /run/held')
/** Waits until a shell condition holds on the host. */
const when = (condition: string) =>
  until(condition, async () => (await sd.shell(`${condition} && echo yes || :`)) === 'yes', {
    seconds: 120,
    signal: new AbortController().signal,
  })
/** As package systems lock their files. */
const HOLD = `use Fcntl;
open F, ">>", $ARGV[0] or die;
my $lock = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0);
fcntl(F, F_SETLK, $lock) or die;
open M, ">", "/run/held"; sleep`
/** The mirror is there and answers nothing, and the host is less patient than others. */
async function withoutMirror(body: () => Promise<void>): Promise<void> {
  const rule = `OUTPUT -p tcp --dport ${webPort} -j DROP`
  await sd.shell(`iptables -A ${rule}`)
  await body().finally(() => sd.shell(`iptables -D ${rule}`))
}

describe('Debian', () => {
  const installations = () => sd.shell("grep -c '^Commandline: apt-get .*install' /var/log/apt/history.log || :")
  const states = () =>
    sd.shell("dpkg-query -W -f '${Package} ${db:Status-Status}\\n' 'nfs-[ck]*' | grep -v not-installed || :")
  const both = 'nfs-common installed\nnfs-kernel-server installed'
  const takeOut = () =>
    sd.shell(`set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y purge nfs-common nfs-kernel-server
apt-get clean
if command -v exportfs || command -v mount.nfs; then exit 1; fi`)
  const noLists = () => sd.shell('rm -rf /var/lib/apt/lists/*')

  beforeAll(async () => {
    await boot(9)
    await sd.shell(`set -e
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/man-db/auto-update
echo 'deb [trusted=yes] ${archiveUrl} ./' > /etc/apt/sources.list
echo 'Acquire::http::Timeout "2";' > /etc/apt/apt.conf.d/99impatient`)
    await noLists()
    await takeOut()
  })
  afterEach(release)
  afterAll(shutDown)

  test('client and server come from a mirror of which nothing is known yet, and a second call does nothing', async () => {
    await installPart(host, 'client')
    expect(await states()).toBe('nfs-common installed')
    await installPart(host, 'server')
    expect(await states()).toBe(both)
    const before = await installations()
    await installPart(host, 'client')
    await installPart(host, 'server')
    expect(await installations()).toBe(before)
  })

  test('what was unpacked when somebody was killed is installed', async () => {
    await takeOut()
    await sd.shell(`set -e
cd /root; apt-get -q update
apt-get -q download nfs-kernel-server nfs-common
dpkg -i nfs-common_*.deb && dpkg --unpack nfs-kernel-server_*.deb`)
    expect(await states()).toContain('nfs-kernel-server unpacked')
    await installPart(host, 'server')
    expect(await states()).toBe(both)
  })

  test('a file of the same name that somebody wrote stays', async () => {
    await takeOut()
    await sd.shell("printf '[nfsd]\\nthreads=3\\n' > /etc/nfs.conf; echo '# mine' > /etc/exports")
    await installPart(host, 'server')
    expect(await sd.shell('cat /etc/nfs.conf /etc/exports')).toBe('[nfsd]\nthreads=3\n# mine')
  })

  test.each([
    ['of packages', '/var/lib/dpkg/lock-frontend', 'apt-get -q update'],
    ['of downloads', '/var/cache/apt/archives/lock', 'apt-get -q update'],
    ['of lists', '/var/lib/apt/lists/lock', 'rm -rf /var/lib/apt/lists/*; mkdir -p /var/lib/apt/lists'],
  ])('a lock %s that somebody holds is waited for', async (_, lock, prepare) => {
    await takeOut()
    await sd.shell(prepare)
    await sd.shell('echo "$1" > /run/hold && systemd-run -q --unit=holder perl /run/hold "$2"', HOLD, lock)
    await when('[ -e /run/held ]')
    const installed = installPart(host, 'server')
    await when("pgrep -xf 'sleep 1' > /dev/null")
    await sd.shell('systemctl stop holder')
    await installed
    expect(await states()).toBe(both)
  })

  test('a mirror that does not answer is told, whether its lists are known or not', async () => {
    await takeOut()
    await sd.shell('apt-get -q update')
    await withoutMirror(async () => {
      for (const lists of ['known', 'unknown']) {
        if (lists === 'unknown') await noLists()
        await expect(installPart(host, 'server')).rejects.toMatchObject({
          code: 'command_failed',
          message: expect.stringMatching(/exportfs cannot be installed: .*Failed to fetch .*timed out/),
        })
      }
    })
    await installPart(host, 'server')
    expect(await states()).toBe(both)
  })

  test.skipIf(hasServer)('a server that its kernel does not have is told, with what the units said', async () => {
    await expect(startServer(host)).rejects.toMatchObject({
      code: 'command_failed',
      message: expect.stringContaining('the NFS server does not start: its kernel has no NFS server'),
      detail: expect.stringMatching(/nfsd/),
    })
  })

  test('without a package system that is known, it says so', async () => {
    await takeOut()
    await sd.shell('rm /usr/bin/apt-get /usr/bin/dnf')
    await expect(installPart(host, 'client')).rejects.toThrow(/there is no mount.nfs, and no package of it/)
    await sd.shell('rm /run/systemd/system -r')
    await expect(startServer(host)).rejects.toThrow(/neither systemd nor OpenRC/)
  })
})

/** The programs of this machine as a package of rpm, which needs nothing. */
const nfsUtils = `set -eu
mkdir -p /srv/bin && mv /usr/sbin/exportfs /usr/sbin/mount.nfs /srv/bin/
mkdir -p /tmp/nfs && cd /tmp/nfs
cat > nfs-utils.spec <<'END'
Name: nfs-utils
Version: 2.6.2
Release: 1
Summary: NFS
License: GPL
AutoReqProv: no
%description
NFS
%install
mkdir -p %{buildroot}/usr/sbin
cp /srv/bin/* %{buildroot}/usr/sbin/
%files
/usr/sbin/exportfs
/usr/sbin/mount.nfs
END
rpmbuild -bb --quiet --define '_topdir /tmp/nfs' --define '_rpmdir /srv/rpms' --define '__strip /bin/true' \\
  --define '_build_name_fmt %%{NAME}-%%{VERSION}.rpm' nfs-utils.spec > /dev/null
createrepo_c -q /srv/rpms
`

describe('Rocky, Alma and Fedora', () => {
  const installed = () => sd.shell("rpm -qa --qf '%{NAME}\\n' 'nfs-*'")

  beforeAll(async () => {
    await boot(10)
    await sd.shell(repository)
    await sd.shell(nfsUtils)
    await sd.shell('dnf -q -y install base')
  })
  afterEach(release)
  afterAll(shutDown)

  test('client and server are one package, and a second call does nothing', async () => {
    await installPart(host, 'client')
    expect(await installed()).toBe('nfs-utils')
    const history = await sd.shell('dnf -q history list')
    await installPart(host, 'server')
    await installPart(host, 'client')
    expect(await sd.shell('dnf -q history list')).toBe(history)
    await sd.shell('dnf -q -y remove nfs-utils')
  })

  test('a lock that somebody holds is waited for', async () => {
    await sd.shell('echo 1000 > /run/slow; systemd-run -q --unit=holder dnf -q -y install hello-slow')
    await when('[ -e /run/began ]')
    const done = installPart(host, 'server')
    await when("pgrep -xf 'sleep 1' > /dev/null")
    await sd.shell("pkill -xf 'sleep 1000'")
    await done
    expect(await installed()).toBe('nfs-utils')
    await sd.shell('dnf -q -y remove nfs-utils')
  })

  test('a mirror that does not answer, and one that has no such package, are told', async () => {
    await sd.shell(`sed -i 's|^baseurl=.*|baseurl=${archiveUrl}|' /etc/yum.repos.d/rig.repo
printf 'timeout=2\\nretries=1\\n' >> /etc/dnf/dnf.conf; dnf -q clean all`)
    await withoutMirror(async () => {
      await expect(installPart(host, 'server')).rejects.toMatchObject({
        code: 'command_failed',
        message: expect.stringMatching(/exportfs cannot be installed: .*rig/),
        detail: expect.stringMatching(/Timeout was reached/),
      })
    })
    await sd.shell(`sed -i 's|^baseurl=.*|baseurl=file:///srv/rpms|' /etc/yum.repos.d/rig.repo
rm /srv/rpms/nfs-utils*; createrepo_c -q /srv/rpms`)
    await expect(installPart(host, 'server')).rejects.toThrow(/Unable to find a match: nfs-utils/)
  })
})
