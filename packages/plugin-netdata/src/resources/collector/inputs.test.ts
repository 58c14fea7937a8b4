import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { inputs, jobOf } from './inputs.ts'

const written = (wanted: object, orchestrator: 'go.d' | 'python.d' = 'go.d') => {
  const found = jobOf(inputs.parse(wanted), orchestrator, 'lab/web')
  return found && `${found.module}.conf: ${stringify({ name: found.job.name, ...found.job.settings })}`
}

/** Recorded: the names are those of config_schema.json of netdata/netdata, as no go.d.plugin is to be had here. */
test('each check in the words of go.d', async () => {
  const all = [
    {
      http: {
        ...{ url: 'https://10.0.0.5/health', method: 'POST', statusAccepted: [200, 204], responseMatch: 'ok|fine' },
        ...{ headers: { Host: 'cloud.lan' }, timeout: 2.5, username: 'me', password: 'secret', skipTlsVerify: true },
      },
    },
    { name: 'ssh', port: { host: '10.0.0.5', ports: [22, 443], timeout: 3 }, every: 10, retryEvery: 0 },
    { docker: {} },
    { mysql: { password: 'p@ss:word' } },
    { mysql: { user: 'root', host: '/run/mysqld/mysqld.sock' } },
    { mysql: { host: 'fd00::5', port: 3307 } },
    { mysql: { dsn: 'me:secret@tcp(db:3306)/?tls=true' } },
    {
      certificate: {
        source: 'https://cloud.lan:443',
        warningDays: 21,
        criticalDays: 7,
        timeout: 5,
        skipTlsVerify: true,
      },
    },
    { ping: { hosts: ['10.0.0.5', 'nas.lan'], interval: 0.2, packets: 3 } },
    { module: 'redis', settings: { address: 'redis://@10.0.0.5:6379' } },
  ]
  const text = all.map((each) => written(each)).join('\n')
  await expect(text).toMatchFileSnapshot('../../test/golden/go.d-jobs.txt')
})

test('python.d has Docker, and no other check', () => {
  expect(written({ docker: { address: 'tcp://10.0.0.5:2375' } }, 'python.d')).toContain('url: tcp://10.0.0.5:2375')
  expect(written({ ping: { hosts: ['a'] } }, 'python.d')).toBeUndefined()
})
