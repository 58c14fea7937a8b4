import { existsSync } from 'node:fs'
import { connectHost, type Host } from '@lares/transport'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changePackages, type PackageManager, readPackages, type Transaction } from '../../src/client/packages.ts'
import { type SystemdHost, startSystemdHost } from '../systemd-host.ts'

const programs = ['/usr/bin/dnf', '/usr/bin/zypper', '/usr/bin/createrepo_c', '/usr/bin/rpmbuild']
const missing = programs.filter((path) => !existsSync(path))

/** Packages and a repository of them, for both. */
const repository = `set -eu
mkdir -p /srv/rpm /root/rpmbuild/SPECS && cd /srv/rpm
build() {
  printf 'Name: %s\\nVersion: %s\\nRelease: 1\\nSummary: a test\\nLicense: MIT\\nBuildArch: noarch\\n%s\\n%%description\\na test\\n%%files\\n' "$1" "$2" "\${3:-}" > /root/x.spec
  rpmbuild -bb --quiet --define '_rpmdir /srv/rpm' --define '_build_name_fmt %%{NAME}-%%{VERSION}.rpm' /root/x.spec >/dev/null 2>&1
}
build hello-web 1.0
build hello-web 2.0
build hello-mta 1 'Provides: hello-mail'
createrepo_c -q .
mkdir -p /etc/yum.repos.d /etc/zypp/repos.d
for d in /etc/yum.repos.d /etc/zypp/repos.d; do
  rm -f $d/*
  printf '[rig]\\nname=rig\\nbaseurl=file:///srv/rpm\\nenabled=1\\ngpgcheck=0\\nautorefresh=1\\ntype=rpm-md\\n' > $d/rig.repo
done
`

describe.skipIf(missing.length > 0)(
  `dnf and zypper ${missing.length > 0 ? `(missing: ${missing.join(', ')})` : ''}`,
  () => {
    let sd: SystemdHost
    let host: Host
    beforeAll(async () => {
      sd = await startSystemdHost(2)
      const { address, hostKey, identityFile } = sd
      host = await connectHost({ address, user: 'root', hostKey, identityFiles: [identityFile] })
      await sd.shell(repository)
    })
    afterAll(async () => {
      await host?.close()
      await sd?.stop()
    })

    const change = (manager: PackageManager, part: Partial<Transaction>) =>
      changePackages(host, manager, { install: [], remove: [], hold: [], release: [], ...part }, { add: [], drop: [] })
    const versions = async (manager: PackageManager) => {
      const { states } = await readPackages(host, ['hello-web', 'hello-mail', 'none'], { manager, candidates: true })
      return [...states].map(([name, { version, candidate }]) => [name, version, candidate])
    }

    for (const manager of ['dnf', 'zypper'] as const) {
      test(`${manager}: installed in a version, upgraded, provided by another name, removed`, {
        timeout: 240_000,
      }, async () => {
        expect((await versions(manager))[0]).toEqual(['hello-web', undefined, '2.0-1'])
        await change(manager, { install: [{ name: 'hello-web', version: '1.0' }, { name: 'hello-mail' }] })
        expect(await versions(manager)).toEqual([
          ['hello-web', '1.0-1', '2.0-1'],
          ['hello-mail', '1-1', undefined],
          ['none', undefined, undefined],
        ])
        await change(manager, { install: [{ name: 'hello-web', latest: true }] })
        expect((await versions(manager))[0]).toEqual(['hello-web', '2.0-1', '2.0-1'])
        await change(manager, { install: [{ name: 'hello-web', version: '1.0' }] })
        expect((await versions(manager))[0]).toEqual(['hello-web', '1.0-1', '2.0-1'])
        await expect(change(manager, { install: [{ name: 'none' }] })).rejects.toMatchObject({ code: 'command_failed' })
        await change(manager, { remove: ['hello-web', 'hello-mta'] })
        expect((await versions(manager)).map(([, version]) => version)).toEqual([undefined, undefined, undefined])
      })
    }
  },
)
