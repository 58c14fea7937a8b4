import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { archiveUrl, gateway } from '../../../../e2e/rig/layout.ts'
import { until } from '../../../../e2e/rig/wait.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import { type SystemdHost, startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import nfs from '../../src/index.ts'

/** Every package is the real one; what a host lacks of them comes from the rig's archive. */
const install = `set -eu
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] ${archiveUrl} ./' > /etc/apt/sources.list
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y --no-install-recommends install nftables ufw firewalld
systemd-run -q --unit=port systemd-socket-activate --accept --listen=2049 /bin/cat
`
let sd: SystemdHost
let lab: ReturnType<typeof testLab>

beforeAll(async () => {
  sd = await startSystemdHost(8)
  await sd.shell(install)
  await listening(2049)
})
afterAll(() => sd?.stop())
beforeEach(() => {
  lab = testLab('home')
})

const listening = (port: number) =>
  until(`port ${port}`, async () => (await sd.shell(`ss -Hltn 'sport = :${port}'`)) !== '', {
    seconds: 60,
    signal: new AbortController().signal,
  })

/** Whether a connection from the rig gets through: what is answered is answered by the kernel. */
const getsIn = (host = sd.address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: 2049 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(3_000, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })

/** What doctor says of an export. */
async function findings(...clients: string[]) {
  const on = sd.machine()
  const media = nfs.export('media', { on, path: '/srv', clients: clients.map((host) => ({ host })) })
  const { resources } = await lab.probe([on, media])
  expect(resources).toMatchObject([{ address: 'media', status: 'done' }])
  return resources[0]!.diagnostics
}

const ssh = 'ct state established,related accept; tcp dport 22 accept'
const nft = (input: string, more = '') => `nft -f - <<'END'
table inet filter {
  set ports { type inet_service; elements = { 2049 }; }
  ${more}
  chain input { type filter hook input priority 0; ${input}
  }
}
END`
const tables = (...rules: string[]) => rules.map((rule) => `iptables ${rule}`).join('\n')
const firewalled = tables(
  '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A INPUT -i lo -j ACCEPT',
  '-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "let me in" -j ACCEPT',
)

/** Rules, whether they let the rig in, and whether that can be told: in doubt, nothing is said. */
const cases: [string, string, 'in' | 'out' | 'out, untold'][] = [
  ['no rule at all', ':', 'in'],
  ['nft, nobody but by SSH', nft(`policy drop; ${ssh};`), 'out'],
  ['nft, a rejection at the end', nft(`${ssh}; iifname "lo" accept; reject;`), 'out'],
  ['nft, the port', nft(`policy drop; ${ssh}; tcp dport { 80, 2000-2100 } accept;`), 'in'],
  ['nft, all ports but this one', nft(`${ssh}; tcp dport != 2049 accept; drop;`), 'out'],
  ['nft, the network', nft(`policy drop; ${ssh}; ip saddr { 10.9.0.1, 10.77.0.0/24 } accept;`), 'in'],
  ['nft, another network', nft(`policy drop; ${ssh}; ip saddr 10.9.0.0/24 tcp dport 2049 accept;`), 'out'],
  ['nft, all but another network', nft(`policy drop; ${ssh}; ip saddr != 10.9.0.0/24 tcp dport 2049 accept;`), 'in'],
  ['nft, UDP', nft(`policy drop; ${ssh}; udp dport 2049 accept; meta l4proto udp accept;`), 'out'],
  ['nft, this network dropped', nft('ip saddr 10.77.0.1 tcp dport 2049 drop;'), 'out'],
  ['nft, another network dropped', nft('ip saddr 10.9.0.0/16 drop;'), 'in'],
  ['nft, IPv6', nft(`policy drop; ${ssh}; ip6 saddr ::/0 accept; meta nfproto ipv6 accept;`), 'out'],
  [
    'nft, maps of verdicts',
    nft(
      'policy drop; ct state vmap { established : accept, related : accept, invalid : drop }; tcp dport vmap { 22 : accept, 2049 : jump shares };',
      'chain shares { ip saddr 10.77.0.9 accept; return; }',
    ),
    'out',
  ],
  [
    'nft, chains',
    nft(`policy drop; ${ssh}; jump outer;`, 'chain inner { ip protocol tcp accept; }\n  chain outer { goto inner; }'),
    'in',
  ],
  ['nft, a named set', nft(`policy drop; ${ssh}; tcp dport @ports accept;`), 'in'],
  ['nft, a named set of others', nft(`policy drop; ${ssh}; tcp dport != @ports accept;`), 'out, untold'],
  ['nft, the interface', nft(`policy drop; ${ssh}; iifname "host0" accept;`), 'in'],
  ['nft, another interface', nft(`policy drop; ${ssh}; iifname "lan9" accept;`), 'out, untold'],
  ['iptables, nobody but by SSH', `${firewalled}\niptables -P INPUT DROP`, 'out'],
  ['iptables, a rejection at the end', tables('-A INPUT -p tcp ! --dport 22 -j REJECT --reject-with tcp-reset'), 'out'],
  [
    'iptables, the port',
    `${firewalled}\n${tables('-A INPUT -p tcp -m multiport --dports 80,2000:2100 -j ACCEPT', '-P INPUT DROP')}`,
    'in',
  ],
  ['iptables, the network', `${firewalled}\n${tables('-A INPUT -s 10.77.0.0/24 -j ACCEPT', '-P INPUT DROP')}`, 'in'],
  [
    'iptables, another network',
    `${firewalled}\n${tables('-A INPUT -s 10.9.0.0/24 -j ACCEPT', '-P INPUT DROP')}`,
    'out',
  ],
  ['iptables, all but us dropped', tables('-A INPUT ! -s 10.77.0.0/24 -p tcp --dport 2049 -j DROP'), 'in'],
  [
    'iptables, chains',
    `${firewalled}\n${tables('-N outer', '-N inner', '-A outer -p udp -j RETURN', '-A outer -g inner', '-A inner -j LOG', '-A inner -j DROP', '-A INPUT -j outer')}`,
    'out',
  ],
  ['ufw', 'ufw allow 22/tcp; ufw --force enable', 'out'],
  [
    'ufw, the network',
    'ufw allow 22/tcp; ufw allow from 10.77.0.0/24 to any port 2049 proto tcp; ufw --force enable',
    'in',
  ],
  ['ufw, this alone denied', 'ufw default allow; ufw deny 2049/tcp; ufw --force enable', 'out'],
]

describe('rules of a real kernel', () => {
  afterEach(async () => {
    await sd.shell(
      'ufw --force reset; ufw default deny; iptables -P INPUT ACCEPT; iptables -F; iptables -X; nft flush ruleset',
    )
  })

  test.each(cases)('%s', async (_, script, outcome) => {
    await sd.shell(`set -e\n${script}`)
    expect(await getsIn()).toBe(outcome === 'in')
    const said = await findings(gateway)
    expect(said.map(({ code }) => code)).toEqual(outcome === 'out' ? ['firewall'] : [])
    if (outcome !== 'out') return
    // What is advised helps.
    await sd.shell(said[0]!.advice!.replace('On the host: ', ''))
    expect(await getsIn()).toBe(true)
    expect(await findings(gateway)).toEqual([])
  })
})

test('firewalld, the zone that the rig comes in by', async () => {
  await sd.shell('set -e; systemctl start dbus firewalld; firewall-cmd --state')
  try {
    expect(await getsIn()).toBe(false)
    const [said] = await findings(gateway)
    expect(said).toMatchObject({ code: 'firewall', path: 'clients', severity: 'warning' })
    await sd.shell(said!.advice!.replace('On the host: ', ''))
    expect(await getsIn()).toBe(true)
    expect(await findings(gateway)).toEqual([])
    await sd.shell('firewall-cmd --zone=home --change-interface=host0')
    expect(await getsIn()).toBe(false)
    await sd.shell('firewall-cmd --zone=home --add-port=2049/tcp')
    expect(await getsIn()).toBe(true)
    expect(await findings(gateway)).toEqual([])
  } finally {
    await sd.shell('systemctl stop firewalld; nft flush ruleset')
  }
})

test('over IPv6', async () => {
  const shared = `policy drop; ${ssh}; meta l4proto ipv6-icmp accept;`
  await execa('ip', ['addr', 'add', 'fd77::1/64', 'dev', 'rigbr0', 'nodad'])
  try {
    await sd.shell('ip addr add fd77::8/64 dev host0 nodad')
    expect(await getsIn('fd77::8')).toBe(true)
    await sd.shell(nft(`${shared} ip6 saddr fd77::/64 tcp dport 2049 accept;`))
    expect([await getsIn('fd77::8'), await findings('fd77::1')]).toEqual([true, []])
    await sd.shell(`nft flush ruleset; ${nft(`${shared} ip6 saddr fd77::2 accept; ip saddr 0.0.0.0/0 accept;`)}`)
    expect(await getsIn('fd77::8')).toBe(false)
    const [said] = await findings('fd77::1', gateway)
    expect(said!.summary).toBe('The firewall of the host keeps fd77::1 from port 2049')
    await sd.shell(said!.advice!.replace('On the host: ', ''))
    expect(await getsIn('fd77::8')).toBe(true)
    await sd.shell('nft flush ruleset; ip6tables -A INPUT -s fd77::/64 -p tcp --dport 2049 -j REJECT')
    expect(await getsIn('fd77::8')).toBe(false)
    expect((await findings('fd77::1'))[0]!.advice).toContain('ip6tables -I INPUT -s fd77::1')
  } finally {
    await sd.shell('ip6tables -F; nft flush ruleset')
    await execa('ip', ['addr', 'del', 'fd77::1/64', 'dev', 'rigbr0'])
  }
})

test('clients of other families and without addresses, all in one warning', async () => {
  await sd.shell(nft(`policy drop; ${ssh}; ip saddr 10.9.0.0/24 tcp dport 2049 accept; ip6 saddr fd00::/64 accept;`))
  const clients = [
    '10.9.0.7',
    '10.9.0.0/16',
    '10.8.0.0/255.255.255.0',
    'fd00::5',
    'fd01::5',
    'fd00::/48',
    'plex.lan',
    '*.lan',
  ]
  const [said, ...more] = await findings(...clients)
  await sd.shell('nft flush ruleset')
  expect(more).toEqual([])
  expect(said!.summary).toBe('The firewall of the host keeps 10.8.0.0/255.255.255.0, fd01::5 from port 2049')
  expect(said!.advice).toBe(
    'On the host: nft insert rule inet filter input ip saddr 10.8.0.0/24 tcp dport 2049 accept; nft insert rule inet filter input ip6 saddr fd01::5 tcp dport 2049 accept',
  )
})

test('without a firewall that can be asked, nothing is said', async () => {
  await sd.shell('mkdir /run/away && mv /usr/sbin/nft /usr/sbin/ufw /usr/sbin/*tables* /run/away/')
  try {
    expect(await findings(gateway)).toEqual([])
  } finally {
    await sd.shell('mv /run/away/* /usr/sbin/')
  }
})

describe('from the host of a mount', () => {
  const probe = async (source: string, options: string[] = []) => {
    const on = sd.machine()
    const { resources } = await lab.probe([on, nfs.mount('media', { on, source, target: '/mnt/media', options })])
    expect(resources).toMatchObject([{ address: 'media', status: 'done' }])
    return resources[0]!.diagnostics
  }
  const closed = { code: 'server_unreachable', path: 'source', severity: 'warning' }

  test('a server that listens, one that does not, and one that is silent', async () => {
    const source = `${gateway}:/srv/media`
    expect(await probe(source)).toMatchObject([{ ...closed, detail: expect.stringContaining('refused') }])
    const server = createServer((socket) => socket.destroy()).listen(2049, gateway)
    await once(server, 'listening')
    try {
      expect(await probe(source)).toEqual([])
      expect(await probe(source, ['port=2050'])).toMatchObject([
        { ...closed, summary: `Port 2050 of ${gateway} cannot be reached from this host` },
      ])
      await sd.shell('iptables -A OUTPUT -p tcp --dport 2049 -j DROP')
      expect(await probe(source)).toMatchObject([{ ...closed, detail: 'There is no answer within 5 s.' }])
    } finally {
      await sd.shell('iptables -F OUTPUT')
      server.close()
    }
    expect(await probe('nobody.invalid:/srv')).toMatchObject([closed])
  })

  test('a host that lets nobody through its SSH says nothing of the server', async () => {
    await sd.shell('echo "AllowTcpForwarding no" >> /etc/ssh/sshd_config; systemctl restart rig-sshd')
    await listening(22)
    expect(await probe(`${gateway}:/srv/media`)).toEqual([])
  })
})
