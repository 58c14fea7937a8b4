import { existsSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createLogin, sshdMissing, startSshd } from '../../transport/src/testing/sshd.ts'
import host from '../src/index.ts'
import { testLab } from './lab.ts'

const missing =
  sshdMissing() ?? (existsSync('/usr/bin/dpkg-query') ? undefined : 'no package system that is known here')

describe.skipIf(missing !== undefined)(`what a plan costs on the wire ${missing ?? ''}`, () => {
  test('seven types with 140 resources are read in one session', async () => {
    const login = createLogin()
    const server = await startSshd({ authorized: [login.publicKey] })
    onTestFinished(async () => {
      await server.stop()
      login.remove()
    })
    const [hostKey] = server.knownHosts.map((line) => line.split(' ').slice(1).join(' '))
    const on = host.machine('tower', {
      ...server.endpoint,
      hostKey,
      identityFiles: [`${login.home}/.ssh/id_ed25519`],
      user: 'root',
    })
    const many = Array.from({ length: 20 }, (_, n) => [
      host.file(`file${n}`, { on, path: `/etc/lares-absent/${n}`, content: 'x' }),
      host.directory(`directory${n}`, { on, path: `/etc/lares-absent/d${n}` }),
      host.link(`link${n}`, { on, path: `/etc/lares-absent/l${n}`, target: 'x' }),
      host.user(`user${n}`, { on }),
      host.group(`group${n}`, { on }),
      host.package(`lares-absent${n}`, { on }),
      host.fileBlock(`block${n}`, { on, path: '/etc/hosts', content: 'x' }),
    ])
    const { nodes, diagnostics } = await testLab().plan([on, ...many.flat()])
    expect(diagnostics).toEqual([])
    expect(nodes.filter(({ action }) => action === 'create')).toHaveLength(140)
    expect(server.log().match(/Starting session/g)).toHaveLength(1)
  })
})
