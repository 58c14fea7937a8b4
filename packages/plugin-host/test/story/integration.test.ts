import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import host from '../../src/index.ts'
import { testLab } from '../lab.ts'
import { archive } from '../packages/deb.ts'
import { type SystemdHost, startSystemdHost } from '../systemd-host.ts'

let sd: SystemdHost
beforeAll(async () => {
  sd = await startSystemdHost(1)
  await sd.shell(archive)
})
afterAll(() => sd?.stop())

/** A web server as people write it, by a user who has to become root. */
function site(greeting: string, more: { version?: string } = {}) {
  const on = sd.machine('ops')
  const web = host.package('hello-web', { on, version: '1.*', ...more })
  const account = host.user('site', { on, system: true, groups: ['www-data'], shell: '/usr/sbin/nologin' })
  const directory = host.directory('content', {
    on,
    path: '/srv/site',
    owner: 'site',
    mode: '0750',
    dependsOn: [account],
  })
  const config = host.file('config', {
    on,
    path: '/etc/hello-web.conf',
    content: `greeting = ${greeting}\n`,
    dependsOn: [web],
  })
  const page = host.file('page', {
    on,
    path: '/srv/site/index.html',
    content: '<h1>hello</h1>\n',
    dependsOn: [directory],
  })
  const hosts = host.fileBlock('names', { on, path: '/etc/hosts', content: '10.0.0.5 nas\n' })
  const service = host.service('hello-web-service', {
    on,
    name: 'hello-web',
    restartWhen: [config.digest, web.versions],
  })
  const swap = host.command('marker', {
    on,
    create: 'touch /srv/marker',
    creates: '/srv/marker',
    delete: 'rm /srv/marker',
  })
  return [on, web, account, directory, config, page, hosts, service, swap]
}

const started = () => sd.shell('systemctl show -p ActiveEnterTimestampMonotonic --value hello-web')

describe('a web server on one host, through sudo', { timeout: 120_000 }, () => {
  const lab = testLab()

  test('from nothing, and then nothing is left to do', async () => {
    expect(await lab.apply(site('hello'))).toHaveLength(9)
    expect(await lab.apply(site('hello'))).toEqual([])
    expect(
      await sd.shell('cat /etc/hello-web.conf; systemctl is-active hello-web; systemctl is-enabled hello-web'),
    ).toBe('greeting = hello\nactive\nenabled')
    expect(await sd.shell('stat -c "%U %a" /srv/site; grep -c nas /etc/hosts; id -nG site')).toBe(
      'site 750\n1\nsite www-data',
    )
  })

  test('a changed file restarts what watches it, once', async () => {
    const before = await started()
    const plan = await lab.plan(site('good day'))
    const nodes = plan.nodes.filter(({ action }) => action !== 'none')
    expect(nodes.map(({ id, action, effect }) => [id, action, effect])).toEqual([
      ['config', 'update', 'live'],
      ['hello-web-service', 'update', 'restart'],
    ])
    expect(nodes[0]!.changes[0]!.nested).toMatchObject([
      { path: 'content', before: 'greeting = hello\n', after: 'greeting = good day\n' },
    ])
    expect(await lab.apply(site('good day'))).toEqual(['config: update', 'hello-web-service: update'])
    expect(await started()).not.toBe(before)
    const now = await started()
    expect(await lab.apply(site('good day'))).toEqual([])
    expect(await started()).toBe(now)
    expect(await sd.shell('cat /var/lib/lares/backup/etc/hello-web.conf~')).toBe('greeting = hello')
  })

  test('so does a package, whose new version is not known before', async () => {
    const before = await started()
    const plan = await lab.plan(site('good day', { version: '2.*' }))
    expect(plan.nodes.find(({ id }) => id === 'hello-web-service')?.permitted).toEqual(['update', 'none'])
    await lab.apply(site('good day', { version: '2.*' }))
    expect(await started()).not.toBe(before)
    expect(await sd.shell('cat /etc/hello-web.conf; dpkg-query -W -f "\\${Version}" hello-web')).toBe(
      'greeting = good day\n2.0-1',
    )
    expect(await lab.apply(site('good day', { version: '2.*' }))).toEqual([])
  })

  test('what somebody changed by hand is put back', async () => {
    await sd.shell(
      'systemctl disable --now hello-web; chmod 777 /srv/site; echo x >> /etc/hello-web.conf; sed -i /nas/d /etc/hosts',
    )
    const { nodes } = await lab.plan(site('good day', { version: '2.*' }))
    const changed = nodes.filter(({ action }) => action !== 'none')
    expect(changed.map(({ id, causes }) => [id, causes])).toEqual([
      ['content', ['drifted']],
      ['config', ['drifted']],
      ['names', ['drifted']],
      ['hello-web-service', ['drifted']],
    ])
    await lab.apply(site('good day', { version: '2.*' }))
    expect(await lab.apply(site('good day', { version: '2.*' }))).toEqual([])
  })

  test('destroyed, it leaves what it found and what it does not know', async () => {
    await sd.shell('echo mine > /srv/site/mine')
    await lab.apply(site('good day', { version: '2.*' }), { mode: 'destroy' })
    expect(
      await sd.shell(
        'ls /srv/site; id site 2>&1 | tail -c 13; ls /srv/marker 2>/dev/null; grep -c lares /etc/hosts; :',
      ),
    ).toBe('mine\nno such user\n0')
    expect(await sd.shell('dpkg-query -W -f "\\${db:Status-Abbrev}" hello-web; cat /etc/hello-web.conf')).toBe(
      'rc from hello-web 1.1-1',
    )
  })
})

describe('packages', { timeout: 240_000 }, () => {
  test('all of a host are one transaction, and one bad name spoils no other', async () => {
    const lab = testLab()
    const on = sd.machine()
    const some = ['hello-db', 'hello-mta', 'hello-app'].map((name) => host.package(name, { on }))
    await sd.shell(': > /var/log/apt/history.log')
    await lab.apply([on, ...some])
    expect(await sd.shell('grep -c ^Commandline /var/log/apt/history.log')).toBe('1')
    const mail = host.package('mail', { on, name: ['hello-mail', 'hello-web', 'libc6'] })
    const bad = host.package('no-such-package', { on })
    const result = await lab.tryApply([on, ...some, mail, bad])
    expect([result.done, result.failed]).toEqual([1, 1])
    expect(result.diagnostics[0]).toMatchObject({
      address: 'no-such-package',
      summary: expect.stringContaining('Unable to locate'),
    })
    expect(await lab.apply([on, ...some, mail])).toEqual([])
    // What was there before stays; what is listed no longer goes.
    const less = host.package('mail', { on, name: ['hello-mail', 'libc6'] })
    expect(await lab.apply([on, ...some, less])).toEqual(['mail: update'])
    await lab.apply([on, less], {})
    expect(await sd.shell('dpkg-query -W -f "\\${Package} \\${db:Status-Abbrev}\\n" "hello-*" | grep "ii" ; :')).toBe(
      '',
    )
  })

  test('a run that is killed in the middle is gone on with, and what it installed is ours', async () => {
    const lab = testLab()
    const on = sd.machine()
    const slow = host.package('hello-slow', { on })
    await sd.shell('dpkg --purge hello-slow 2>/dev/null; touch /run/fail')
    expect((await lab.tryApply([on, slow])).failed).toBe(1)
    await sd.shell('rm /run/fail')
    expect(await lab.apply([on, slow])).toEqual(['hello-slow: create'])
    expect(await lab.apply([on, slow])).toEqual([])
    await lab.apply([on])
    expect(await sd.shell('dpkg-query -W -f "\\${db:Status-Abbrev}" hello-slow 2>/dev/null; :')).not.toContain('ii')
  })
})
