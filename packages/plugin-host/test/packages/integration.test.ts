import { setTimeout as sleep } from 'node:timers/promises'
import { connectHost, type Host } from '@lares/transport'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changePackages, readPackages } from '../../src/client/index.ts'
import host from '../../src/index.ts'
import { testLab } from '../lab.ts'
import { type SystemdHost, startSystemdHost } from '../systemd-host.ts'
import { systems } from './systems.ts'

describe.each(systems)('$manager', { timeout: 240_000 }, (system) => {
  let sd: SystemdHost
  let on: ReturnType<SystemdHost['machine']>
  const list = async () => (await sd.shell(`${system.list}; :`)).split('\n').filter(Boolean)
  const count = async () => Number(await sd.shell(`${system.count} || :`))
  /** What an apply did to packages, or why it could not. */
  async function outcome(lab: ReturnType<typeof testLab>, resources: Parameters<typeof lab.apply>[0]) {
    const { done, failed, diagnostics } = await lab.tryApply([on, ...resources])
    return { done, failed, said: diagnostics.map(({ summary, detail }) => `${summary}\n${detail ?? ''}`).join('\n') }
  }

  beforeAll(async () => {
    sd = await startSystemdHost(system.number)
    on = sd.machine()
    await sd.shell(system.repository)
    await sd.shell(system.prepare)
  })
  afterAll(() => sd?.stop())
  beforeEach(async () => {
    const left = (await list()).map((line) => line.split(' ')[0])
    if (left.length > 0) await sd.shell(`${system.remove} ${left.join(' ')} || :`)
    await sd.shell('rm -f /run/slow /run/fail /run/began; mkdir -p /var/lib/lares; : > /var/lib/lares/packages')
  })
  afterEach(async () => {
    expect(await list()).toEqual([])
    expect(await sd.shell('cat /var/lib/lares/packages')).toBe('')
  })

  test('many are asked for at once, by their own names and by what they provide', async () => {
    await sd.shell(`${system.install} hello-mta hello-db`)
    const client = await connectHost({
      ...{ address: sd.address, user: 'root', hostKey: sd.hostKey, identityFiles: [sd.identityFile] },
    })
    const absent = Array.from({ length: 60 }, (_, n) => `hello-absent${n}`)
    const asked: string[] = []
    const counting: Host = {
      ...client,
      ask: (...question) => {
        asked.push(question[0])
        return client.ask(...question)
      },
    }
    try {
      const { manager, states } = await readPackages(counting, ['hello-mail', 'hello-db', 'hello-mta', ...absent])
      expect([manager, asked.length]).toEqual([system.manager, 1])
      const provided = await readPackages(client, ['hello-mail'])
      expect(provided.states.get('hello-mail')?.version).toBe('1-1')
      const there = [...states].filter(([, { version }]) => version !== undefined)
      expect(there.map(([name, { version }]) => `${name} ${version}`)).toEqual([
        'hello-mail 1-1',
        'hello-db 1:5.0-1',
        'hello-mta 1-1',
      ])
    } finally {
      await client.close()
      await sd.shell(`${system.remove} hello-mta hello-db`)
    }
  })

  test('several are one transaction; what was there stays, and nothing else goes', async () => {
    const lab = testLab()
    await sd.shell(`${system.install} hello-mta`)
    const some = ['hello-web', 'hello-app', 'hello-mta'].map((name) => host.package(name, { on }))
    const before = await count()
    expect(await lab.apply([on, ...some])).toHaveLength(4)
    expect(await count()).toBe(before + 1)
    expect(await list()).toEqual(['hello-app 1-1', 'hello-db 1:5.0-1', 'hello-mta 1-1', 'hello-web 2.0-1'])
    expect(await lab.apply([on, ...some])).toEqual([])
    // Somebody installed by hand what needs one of ours: that is not taken along.
    const database = host.package('database', { on, name: 'hello-db' })
    await sd.shell(`printf 'home/database hello-db\\n' >> /var/lib/lares/packages`)
    await lab.apply([on, ...some, database])
    const refused = await outcome(lab, some)
    expect(refused).toMatchObject({
      failed: 1,
      said: expect.stringMatching(/others as well.*hello-app|hello-db breaks/s),
    })
    expect(await list()).toContain('hello-db 1:5.0-1')
    await lab.apply([on])
    await outcome(lab, [])
    expect(await list()).toEqual(['hello-mta 1-1'])
    await sd.shell(`${system.remove} hello-mta; : > /var/lib/lares/packages`)
  })

  test('what a killed run left on the ledger comes off it, so that nobody loses what he installs later', async () => {
    const lab = testLab()
    const web = [on, host.package('hello-web', { on })]
    await lab.apply(web)
    await sd.shell("echo 'home/hello-web hello-mta' >> /var/lib/lares/packages")
    expect(await lab.apply(web)).toEqual(['hello-web: update'])
    expect(await lab.apply(web)).toEqual([])
    await sd.shell(`${system.install} hello-mta`)
    expect(await lab.apply(web)).toEqual([])
    await lab.apply([on])
    expect(await list()).toEqual(['hello-mta 1-1'])
    await sd.shell(`${system.remove} hello-mta`)
  })

  test('one that is not there, or is at odds with another, is told; the others are installed', async () => {
    const lab = testLab()
    const good = ['hello-web', 'hello-db'].map((name) => host.package(name, { on }))
    const bad = host.package('hello-nobody', { on })
    const first = await outcome(lab, [...good, bad])
    expect([first.done, first.failed]).toEqual([3, 1])
    expect(first.said).toContain('hello-nobody')
    const rival = host.package('hello-rival', { on })
    const second = await outcome(lab, [...good, rival])
    expect([second.failed, second.said]).toEqual([1, expect.stringMatching(/hello-db/)])
    expect(await list()).toEqual(['hello-db 1:5.0-1', 'hello-web 2.0-1'])
    await lab.apply([on])
  })

  if (system.versions)
    test('in this very version, by a pattern, and the newest one', async () => {
      const lab = testLab()
      const web = (more: object) => [on, host.package('hello-web', { on, ...more })]
      for (const [wanted, found] of [
        [{ version: '1.1-1' }, '1.1-1'],
        [{ version: '1.0-1' }, '1.0-1'],
        [{ version: '1.*' }, '1.0-1'],
        [{ version: '2.*' }, '2.0-1'],
        [{ version: '1.*' }, '1.1-1'],
      ] as const) {
        await lab.apply(web(wanted))
        expect(await list()).toEqual([`hello-web ${found}`])
        expect(await lab.apply(web(wanted))).toEqual([])
      }
      const missing = await outcome(lab, web({ version: '7.*' }).slice(1))
      expect([missing.failed, await list()]).toEqual([1, ['hello-web 1.1-1']])
      expect(await lab.apply(web({ latest: true }))).toEqual(['hello-web: update'])
      expect(await list()).toEqual(['hello-web 2.0-1'])
      await lab.apply([on])
    })

  test('with `latest` it follows what is published', async () => {
    const lab = testLab()
    const web = [on, host.package('hello-web', { on, latest: true })]
    await lab.apply(web)
    expect(await lab.apply(web)).toEqual([])
    await sd.shell(system.repository, 'hello-web', '3.0-1')
    const { nodes } = await lab.plan(web)
    expect(nodes.find(({ id }) => id === 'hello-web')?.changes).toMatchObject([{ before: '2.0-1', after: '3.0-1' }])
    await lab.apply(web)
    expect(await list()).toEqual(['hello-web 3.0-1'])
    expect(await lab.apply(web)).toEqual([])
    await lab.apply([on])
  })

  if (system.versions)
    test('held, nobody else changes it', async () => {
      const lab = testLab()
      const web = (more: object) => [on, host.package('hello-web', { on, ...more })]
      await lab.apply(web({ version: '1.0-1', hold: true }))
      await sd.shell(`${system.upgrade} hello-web; :`)
      expect(await list()).toEqual(['hello-web 1.0-1'])
      expect(await lab.apply(web({ version: '1.0-1', hold: true }))).toEqual([])
      // What goes wrong does not set it free.
      expect((await outcome(lab, web({ version: '9.9', hold: true }).slice(1))).failed).toBe(1)
      await sd.shell(`${system.upgrade} hello-web; :`)
      expect(await list()).toEqual(['hello-web 1.0-1'])
      await lab.apply(web({ version: '1.1-1', hold: true }))
      await sd.shell(`${system.upgrade} hello-web; :`)
      expect(await list()).toEqual(['hello-web 1.1-1'])
      expect(await lab.apply(web({ version: '1.1-1', hold: true }))).toEqual([])
      await lab.apply(web({}))
      await sd.shell(`${system.upgrade} hello-web`)
      expect(await list()).not.toEqual(['hello-web 1.1-1'])
      await lab.apply(web({ hold: true }))
      await lab.apply([on])
    })

  if (!system.versions)
    test('what it can not do is said before anything is done', async () => {
      const lab = testLab()
      const old = await outcome(lab, [host.package('hello-web', { on, version: '1.*' })])
      expect(old).toMatchObject({ failed: 1, said: expect.stringMatching(/there is \d.0-1, and 1\.\* is wanted/) })
      const held = await outcome(lab, [host.package('hello-web', { on, hold: true })])
      expect(held).toMatchObject({ failed: 1, said: expect.stringContaining("can't hold packages") })
      expect(await list()).toEqual([])
      const same = [on, host.package('hello-db', { on, version: '5.0' })]
      await lab.apply(same)
      expect(await lab.apply(same)).toEqual([])
      await lab.apply([on])
    })

  test('a lock that somebody holds is waited for', async () => {
    const lab = testLab()
    await sd.shell('echo 2 > /run/slow')
    const theirs = sd.shell(`${system.install} hello-slow`)
    await until(() => sd.shell('test -e /run/began'))
    await lab.apply([on, host.package('hello-db', { on })])
    await theirs
    expect(await list()).toEqual(['hello-db 1:5.0-1', 'hello-slow 2-1'])
    await sd.shell(`rm /run/slow; ${system.remove} hello-slow`)
    await lab.apply([on])
  })

  test('a broken repository keeps nothing from being read, and is told or left out', async () => {
    const lab = testLab()
    const web = host.package('hello-web', { on, latest: true })
    await lab.apply([on, web])
    await sd.shell(system.breakOne)
    try {
      expect(await lab.apply([on, web])).toEqual([])
      const { failed, said } = await outcome(lab, [web, host.package('hello-db', { on })])
      if (failed > 0) expect(said).toMatch(/broken|srv\/nothing/)
      else expect(await list()).toHaveLength(2)
    } finally {
      await sd.shell(system.mendIt)
    }
    await lab.apply([on, web, host.package('hello-db', { on })])
    await lab.apply([on])
  })

  test('killed in the middle, it is gone on with', async () => {
    const lab = testLab()
    const slow = [on, host.package('hello-slow', { on, ...(system.versions ? { version: '2-1' } : {}) })]
    if (system.versions) await lab.apply([on, host.package('hello-slow', { on, version: '1-1' })])
    await sd.shell('rm -f /run/began; echo 60 > /run/slow')
    const broken = lab.tryApply(slow)
    await until(() => sd.shell('test -e /run/began'))
    // Everything that came over SSH dies at once.
    await sd.shell('rm /run/slow; systemctl kill --signal=KILL rig-sshd; systemctl restart rig-sshd')
    await until(() => sd.shell("ss -Hltn 'sport = :22' | grep -q ."))
    const { failed } = await broken
    if (system.versions) expect(failed).toBe(1)
    await lab.apply(slow)
    expect(await list()).toEqual(['hello-slow 2-1'])
    expect(await lab.apply(slow)).toEqual([])
    await lab.apply([on])
  })

  test('a script of a package that fails is told', async () => {
    const lab = testLab()
    const client = await connectHost({
      ...{ address: sd.address, user: 'root', hostKey: sd.hostKey, identityFiles: [sd.identityFile] },
    })
    try {
      if (system.manager !== 'apt') {
        const late = { install: [{ name: 'hello-late' }], remove: [], hold: [], release: [] }
        const said = await changePackages(client, system.manager, late, { add: [], drop: [] })
        expect(said.join('\n')).toMatch(/scriptlet|failed to execute/)
        await sd.shell(`${system.remove} hello-late`)
      }
      if (system.versions) {
        const slow = host.package('hello-slow', { on })
        await sd.shell('touch /run/fail')
        expect(await outcome(lab, [slow])).toMatchObject({ failed: 1, said: expect.stringMatching(/script/) })
        await sd.shell('rm /run/fail')
        expect(await lab.apply([on, slow])).toEqual(['hello-slow: create'])
        expect(await lab.apply([on, slow])).toEqual([])
        await lab.apply([on])
      }
    } finally {
      await client.close()
    }
  })
})

async function until(look: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (
      await look().then(
        () => true,
        () => false,
      )
    )
      return
    await sleep(100)
  }
  throw new Error('It does not come')
}
