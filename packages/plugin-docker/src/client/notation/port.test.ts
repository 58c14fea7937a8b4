import { expect, test } from 'vitest'
import { canonicalPorts } from './port.ts'

test.each([
  [[80], ['80/tcp']],
  [['80'], ['80/tcp']],
  [['8080:80'], ['8080:80/tcp']],
  [['8080:80/UDP'], ['8080:80/udp']],
  [['127.0.0.1:8080:80/udp'], ['127.0.0.1:8080:80/udp']],
  [['127.0.0.1::80'], ['127.0.0.1::80/tcp']],
  [['0.0.0.0:8080:80'], ['0.0.0.0:8080:80/tcp']],
  [['[::1]:8080:80'], ['[::1]:8080:80/tcp']],
  [['8000-8002:80-82'], ['8000:80/tcp', '8001:81/tcp', '8002:82/tcp']],
  [['8000-8010:80'], ['8000-8010:80/tcp']],
  [['80-81'], ['80/tcp', '81/tcp']],
  [
    ['443:443', '80:80', '443:443'],
    ['80:80/tcp', '443:443/tcp'],
  ],
])('%j is %j', (ports, canonical) => {
  expect(canonicalPorts(ports)).toEqual(canonical)
  expect(canonicalPorts(canonical)).toEqual(canonical)
})

test.each(['', 'http', '80:', '8000-8002:80-81', '82-80', '70000:80', '80/icmp', '1:2:3:4'])(
  '"%s" is no port',
  (port) => {
    expect(() => canonicalPorts([port])).toThrow(RangeError)
  },
)
