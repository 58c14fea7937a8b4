import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { complaintsOf } from './redfish/schema.ts'
import { type RigRedfish, type Style, startRedfish } from './redfish.ts'

/** Debian's own: clients that others wrote. */
const PYTHON = '/usr/bin/python3'
/** Says over what the clients are told of certificates. */
const env = { REQUESTS_CA_BUNDLE: '', CURL_CA_BUNDLE: '' }

describe.each<Style>(['classic', 'modern'])('a %s service', (style) => {
  let rig: RigRedfish
  beforeAll(async () => {
    rig = await startRedfish({ style })
    const entry = { severity: 'Warning', code: 'Assert', created: '2026-11-01T10:00:00Z', message: 'Too hot' } as const
    rig.state.log.push({ id: '1', ...entry }, { id: '2', ...entry, severity: 'OK', code: 'Deassert' })
  })
  afterAll(() => rig.remove())

  const ask = async (path: string, method = 'GET', body?: object, more: string[] = []) => {
    const login = ['--insecure', '--silent', '--user', `${rig.user}:${rig.password}`, '--request', method]
    const data = body === undefined ? [] : ['--data', JSON.stringify(body)]
    const { stdout } = await execa('curl', [...login, ...data, ...more, `https://${rig.address}${path}`])
    return JSON.parse(stdout || '{}') as Record<string, unknown>
  }

  test.each(['on', 'off'])(
    'whatever is found in it keeps to the DMTF’s schema, while its machine is %s',
    async (power) => {
      await rig.switch(power === 'on')
      // So that there are a session and a task.
      const session = { UserName: rig.user, Password: rig.password }
      await ask('/redfish/v1/SessionService/Sessions', 'POST', session)
      await ask('/redfish/v1/Systems/1/Actions/ComputerSystem.Reset', 'POST', { ResetType: 'ForceRestart' })
      const seen = new Map<string, Record<string, unknown>>()
      const visit = async (path: string): Promise<void> => {
        if (seen.has(path)) return
        const found = await ask(path)
        seen.set(path, found)
        expect([path, ...complaintsOf(found)]).toEqual([path])
        expect(found['@odata.id']).toBe(path)
        const links = [...JSON.stringify(found).matchAll(/"(?:@odata\.id|@Redfish\.ActionInfo)":"([^"]*)"/g)]
        for (const [, next] of links) await visit(next!)
      }
      await visit('/redfish/v1/')
      const kinds = new Set([...seen.values()].map((each) => String(each['@odata.type']).split('.')[0]))
      for (const kind of ['ComputerSystem', 'Chassis', 'Manager', 'ManagerAccount', 'LogEntry', 'Session', 'Role'])
        expect(kinds).toContain(`#${kind}`)
      for (const kind of style === 'modern' ? ['Sensor', 'Task', 'ActionInfo'] : ['Thermal', 'Power'])
        expect(kinds).toContain(`#${kind}`)
      expect(rig.complaints).toEqual([])
    },
  )

  test.each([
    ['GET', '/redfish/v1/Nothing', undefined],
    ['POST', '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset', { ResetType: 'Nmi' }],
    ['PATCH', '/redfish/v1/Systems/1', { Unheard: 1 }],
    ['POST', '/redfish/v1/SessionService/Sessions', { UserName: 'nobody', Password: 'nothing' }],
  ])('so does its refusal of %s %s', async (method, path, body) => {
    const found = await ask(path, method, body, ['--header', 'If-Match: *'])
    expect(found.error).toBeDefined()
    expect(complaintsOf(found)).toEqual([])
  })

  test('redfishtool reads it, switches its machine, and makes its users', async () => {
    const redfishtool = async (...args: string[]) => {
      const login = ['-r', rig.address, '-u', rig.user, '-p', rig.password, '-S', 'Always', '-A', 'Session']
      const { stdout } = await execa(PYTHON, ['-W', 'ignore', '/usr/bin/redfishtool', ...login, ...args], { env })
      return stdout
    }
    await rig.switch(false)
    expect(JSON.parse(await redfishtool('Systems', '-F'))).toMatchObject({ PowerState: 'Off' })
    await redfishtool('Systems', '-F', 'reset', 'On')
    expect(await rig.isOn()).toBe(true)
    await redfishtool('Systems', '-F', 'setBootOverride', 'Once', 'Pxe')
    expect(rig.state.boot).toMatchObject({ enabled: 'Once', target: 'Pxe' })
    if (style === 'classic') return
    await redfishtool('AccountService', 'adduser', 'eve', 'eves-own-secret', 'Operator')
    expect(rig.state.accounts.get('eve')).toMatchObject({ role: 'Operator', enabled: true })
    await redfishtool('AccountService', 'deleteuser', 'eve')
    expect(rig.state.accounts.has('eve')).toBe(false)
  })

  test('sushy, which OpenStack uses, reads it and switches its machine', async () => {
    const script = `
import sys, urllib3, sushy
urllib3.disable_warnings()
address, user, password = sys.argv[1:]
root = sushy.Sushy('https://' + address, auth=sushy.auth.SessionAuth(user, password), verify=False)
system = root.get_system()
print(system.power_state.value, system.manufacturer, len(root.get_manager_collection().get_members()))
system.reset_system(sushy.RESET_TYPE_ON if system.power_state.value == 'Off' else sushy.RESET_TYPE_FORCE_OFF)
system.set_system_boot_options(sushy.BOOT_SOURCE_TARGET_HDD, enabled=sushy.BOOT_SOURCE_ENABLED_CONTINUOUS)
`
    await rig.switch(false)
    const { stdout } = await execa(PYTHON, ['-c', script, rig.address, rig.user, rig.password], { env })
    expect(stdout).toBe('Off RigCorp 1')
    expect(await rig.isOn()).toBe(true)
    expect(rig.state.boot).toMatchObject({ enabled: 'Continuous', target: 'Hdd' })
  })
})

test('what is not in the schema is not given', async () => {
  const rig = await startRedfish()
  try {
    rig.state.restorePolicy = 'Sometimes'
    const login = ['--insecure', '--silent', '--user', `${rig.user}:${rig.password}`]
    const { exitCode } = await execa('curl', [...login, `https://${rig.address}/redfish/v1/Systems/1`], {
      reject: false,
    })
    expect(exitCode).not.toBe(0)
    expect(rig.complaints.join('\n')).toMatch(/PowerRestorePolicy must be equal to one of the allowed values/)
  } finally {
    await rig.remove()
  }
})
