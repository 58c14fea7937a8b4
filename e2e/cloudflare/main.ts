import { startCloudflare } from './stand-in.ts'

const { url, account, zone, token, close } = await startCloudflare({
  ...(process.argv[2] && { zone: process.argv[2] }),
})
console.log(JSON.stringify({ url, token: token.value, account: account.id, zone: zone.id }))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void close())
