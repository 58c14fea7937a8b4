import { describe, expect, test } from 'vitest'
import { networkOf } from '../formats/export-client.ts'
import { parseIptables } from './iptables.ts'
import { parseNftables } from './nftables.ts'
import { type Arrival, barrierTo } from './rules.ts'

const from = (client: string): Arrival => ({ from: networkOf(client), family: 'ip', port: 2049 })

describe('words of iptables that only the kernel understands are no barrier', () => {
  test.each([
    ['-A INPUT -p tcp -m recent --name known --rcheck -j ACCEPT'],
    ['-A INPUT -p tcp ! --dport 22 -m set --match-set friends src -j ACCEPT'],
    ['-A INPUT -i eth0 -j ACCEPT'],
    ['-A INPUT -j NFQUEUE --queue-num 0'],
    ['-A INPUT -m comment --comment "-p udp" -j ACCEPT'],
    ['-A INPUT -p 6 --dport :3000 -j ACCEPT'],
    ['-A INPUT -s 10.0.0.4/30 -m state --state NEW,ESTABLISHED -j ACCEPT'],
  ])('%s', (rule) => {
    expect(barrierTo(parseIptables(`-P INPUT DROP\n${rule}\n`, 'ip'), from('10.0.0.5'))).toBeUndefined()
  })

  test.each([
    ['-A INPUT -i lo -j ACCEPT'],
    ['-A INPUT -p udp -j ACCEPT'],
    ['-A INPUT -p tcp --dport 3000: -j ACCEPT'],
    ['-A INPUT -s 10.0.0.4/32 -j ACCEPT'],
    ['-A INPUT -j LOG --log-prefix "let in: "'],
    ['-A INPUT -m conntrack ! --ctstate NEW -j ACCEPT'],
    ['-A FORWARD -j ACCEPT'],
    [''],
  ])('%s does not let it in', (rule) => {
    expect(barrierTo(parseIptables(`-P INPUT DROP\n-P FORWARD DROP\n${rule}\n`, 'ip'), from('10.0.0.5'))).toBeDefined()
  })
})

describe('statements of nft that only the kernel understands are no barrier', () => {
  const chain = { family: 'inet', table: 'filter', name: 'input', type: 'filter', hook: 'input', policy: 'drop' }
  const dport = { payload: { protocol: 'tcp', field: 'dport' } }
  const barrier = (...expr: object[]) =>
    barrierTo(
      parseNftables(
        JSON.stringify({ nftables: [{ chain }, { rule: { family: 'inet', table: 'filter', chain: 'input', expr } }] }),
      ),
      from('10.0.0.5'),
    )

  test.each([
    ['what iptables made', [{ xt: { type: 'match', name: 'recent' } }, { counter: null }, { accept: null }]],
    ['what an old nft does not tell', [{ xt: null }]],
    ['a limit', [{ limit: { rate: 3, per: 'minute' } }, { accept: null }]],
    ['a statement of tomorrow', [{ tomorrow: {} }, { accept: null }]],
    ['a map that has a name', [{ vmap: { key: dport, data: '@verdicts' } }]],
    ['a mask', [{ match: { op: '==', left: { '&': [dport, 1] }, right: 1 } }, { accept: null }]],
    ['an order', [{ match: { op: '<', left: dport, right: 5000 } }, { accept: null }]],
    [
      'an element with a comment',
      [
        { match: { op: '==', left: dport, right: { set: [{ elem: { val: 2049, comment: 'nfs' } }] } } },
        { accept: null },
      ],
    ],
  ])('%s', (_, expr) => {
    expect(barrier(...expr)).toBeUndefined()
  })

  test.each([
    ['nothing', []],
    ['a counter', [{ counter: { packets: 0, bytes: 0 } }]],
    ['a log', [{ log: { prefix: 'in' } }]],
    ['what goes on', [{ continue: null }]],
    ['another port', [{ match: { op: '==', left: dport, right: { range: [22, 80] } } }, { accept: null }]],
  ])('%s does not let it in', (_, expr) => {
    expect(barrier(...expr)).toMatchObject({ chain: 'inet filter input' })
  })
})
