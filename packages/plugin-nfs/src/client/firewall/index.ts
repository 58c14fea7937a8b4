import type { Host } from '@lares/transport'
import { networkOf } from '../formats/export-client.ts'
import { parseIptables } from './iptables.ts'
import { parseNftables } from './nftables.ts'
import { type Arrival, barrierTo, type Ruleset } from './rules.ts'

/** What lets connections into a host, or does not. */
export interface Firewall {
  /** What writes the rules, when it is one of those that are known. */
  manager: 'ufw' | 'firewalld' | undefined
  rulesets: readonly Ruleset[]
}

/** Lines: who writes the rules, then in base64 what nft, iptables and ip6tables tell. Old iptables would load its modules when it is asked without need. */
const READ = `
if ufw status 2> /dev/null | grep -q '^Status: active'; then echo ufw
elif [ "$(firewall-cmd --state 2> /dev/null)" = running ]; then echo firewalld
else echo
fi
told() { "$@" 2> /dev/null | base64 | tr -d '\\n'; echo; }
told nft -j list ruleset
for each in ip ip6; do
  if "\${each}tables" -V 2> /dev/null | grep -q nf_tables || grep -qs filter "/proc/net/\${each}_tables_names"; then told "\${each}tables" -S
  else echo
  fi
done
`

/** Asks ufw, firewalld and netfilter itself in one round trip. What is not there, or may not be asked, has no rules. Rejects with a HostError. */
export async function readFirewall(host: Host, signal?: AbortSignal): Promise<Firewall> {
  const { stdout } = await host.ask(READ, { timeout: 30_000, signal })
  const [manager, ...told] = stdout.split('\n')
  const [nft = '', ip = '', ip6 = ''] = told.map((line) => Buffer.from(line, 'base64').toString())
  return {
    manager: manager === 'ufw' || manager === 'firewalld' ? manager : undefined,
    // What iptables has written, nft tells as well, and not all of it.
    rulesets: [
      ...(ip === '' ? [] : [parseIptables(ip, 'ip')]),
      ...(ip6 === '' ? [] : [parseIptables(ip6, 'ip6')]),
      ...(nft.trim() === '' ? [] : [parseNftables(nft)]),
    ],
  }
}

/** What keeps a client of an export, as exports(5) names it, from a TCP port of the host. */
export interface Barrier {
  tool: Ruleset['tool']
  /** In the words of the tool: `inet filter input`, `INPUT`. */
  chain: string
}

/** What certainly keeps a client out; undefined when nothing does, or that cannot be told. One whose addresses nobody knows is kept out when everybody is. */
export function barrierBefore({ rulesets }: Firewall, client: string, port: number): Barrier | undefined {
  const from = networkOf(client)
  const arrival: Arrival = { from, family: from?.bits === 128 ? 'ip6' : 'ip', port }
  for (const ruleset of rulesets) {
    const barrier = barrierTo(ruleset, arrival)
    if (barrier) return { tool: ruleset.tool, chain: barrier.chain }
  }
  return undefined
}
