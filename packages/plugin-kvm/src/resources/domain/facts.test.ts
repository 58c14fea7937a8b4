import { expect, test } from 'vitest'
import { leasesIn, reportedIn, reservationsIn } from './facts.ts'

/** virsh 9.0.0. */
const leases = ` 2026-11-23 02:10:01   52:54:00:aa:00:01   ipv4   10.78.3.150/24   guest   01:52:54:00:aa:00:01
 2026-11-23 02:40:01   52:54:00:aa:00:01   ipv4   10.78.3.101/24   guest   ff:56:50:4d:98:00
 2026-11-23 02:30:00   52:54:00:aa:00:02   ipv6   fd00::5/64       -       -
`

const agent = ` lo         00:00:00:00:00:00    ipv4         127.0.0.1/8
 -          -                    ipv6         ::1/128
 eth0       52:54:00:AA:00:01    ipv4         10.78.3.101/24
 -          -                    ipv4         10.78.3.9/24
 -          -                    ipv6         fe80::5054:ff:feaa:1/64
`

test('the newest lease of an interface comes first', () => {
  expect(leasesIn(leases)).toEqual(
    new Map([
      [
        '52:54:00:aa:00:01',
        [
          { address: '10.78.3.101', until: '2026-11-23 02:40:01' },
          { address: '10.78.3.150', until: '2026-11-23 02:10:01' },
        ],
      ],
    ]),
  )
})

test('an agent tells several addresses of one interface', () => {
  expect(reportedIn(agent).get('52:54:00:aa:00:01')).toEqual(['10.78.3.101', '10.78.3.9'])
})

test('what a network leases to whom', () => {
  const network = `<network><ip address='10.0.0.1'><dhcp><range start='10.0.0.2' end='10.0.0.9'/>
<host mac='52:54:00:AA:00:01' name='x' ip='10.0.0.5'/><host name='y' ip='10.0.0.6'/></dhcp></ip></network>`
  expect(reservationsIn(network)).toEqual([['52:54:00:aa:00:01', '10.0.0.5']])
  expect(reservationsIn('')).toEqual([])
})
