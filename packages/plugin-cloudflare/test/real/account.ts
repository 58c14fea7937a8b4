import type { World } from '../contract-world.ts'
import { handsWith } from '../hands.ts'
import { VARIABLES } from './variables.ts'

/** The account that the environment names, with this prefix. `CLOUDFLARE_ZONE` is the zone's name. */
export async function accountOf(env: NodeJS.ProcessEnv, prefix: string): Promise<World> {
  const [token = '', account = '', name = ''] = VARIABLES.map((variable) => env[variable])
  const url = env['CLOUDFLARE_BASE_URL']
  const place = { account, token, ...(url ? { url } : {}) }
  const found = await handsWith({ ...place, zone: '' }).get(`/zones?name=${encodeURIComponent(name)}`)
  const [zone] = found as { id: string }[]
  if (!zone) throw new Error(`The token sees no zone ${name}`)
  return { ...place, zone: { id: zone.id, name }, prefix, shared: true }
}
