import { readFileSync, writeFileSync } from 'node:fs'
import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { describe, expect, it } from 'vitest'
import { startAgent } from '../agents.ts'
import { pluginOn } from '../on-agent.ts'

const agent = await startAgent()
const netdata = pluginOn(agent)
const file = `${agent.folder}/etc/health_alarm_notify.conf`
writeFileSync(file, '# By hand.\nSEND_IRC="NO"\n', { mode: 0o644 })

resourceContract(
  { describe, it, expect },
  {
    type: 'netdata.notification',
    factory: netdata.notification,
    base: { webhook: { url: 'https://example.com/alarms' } },
    options: {
      headers: { webhook: { url: 'https://example.com/alarms', headers: { 'X-From': 'lab' } } },
      secret: { webhook: { url: secret.env('URL'), token: secret.env('TOKEN') } },
      signedIn: { webhook: { url: 'https://example.com/alarms', username: 'me', password: secret.env('TOKEN') } },
      telegram: { webhook: undefined, telegram: { token: secret.env('TOKEN'), chats: ['-100', '42'] } },
      discord: { webhook: undefined, discord: { webhook: secret.env('URL'), channel: 'lab' } },
      ntfy: { webhook: undefined, ntfy: { topic: 'lab', token: secret.env('TOKEN') } },
      ntfyElsewhere: { webhook: undefined, ntfy: { server: 'http://10.0.0.5', topic: 'lab', username: 'me' } },
      roles: { roles: ['sysadmin', 'webmaster'] },
      severity: { severity: 'critical' },
    },
    combined: { roles: ['dba'], severity: 'critical', webhook: { url: secret.env('URL'), headers: { A: 'b' } } },
    outside: {
      snapshot: async () => readFileSync(file, 'utf8'),
      remove: async () =>
        writeFileSync(file, readFileSync(file, 'utf8').replace(/^# BEGIN lares[\s\S]*^# END lares.*\n/m, '')),
    },
    secrets: { URL: 'https://example.com/hooks/0a1b2c3d', TOKEN: `it's $(id) "0a1b2c3d"` },
    killAfter: [0, 20],
  },
)
