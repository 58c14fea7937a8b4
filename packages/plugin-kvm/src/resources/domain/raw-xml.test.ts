import { expect, test } from 'vitest'
import { formatXml, parseXml } from '../../client/index.ts'
import { covers, merge, parseFragment } from './raw-xml.ts'

const domain = () =>
  parseXml(`<domain type='kvm'><name>x</name><features><acpi/></features><on_crash>destroy</on_crash>
<devices><sound model='ich6'/><interface type='network'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
<disk><target dev='vda' bus='virtio'/></disk><disk><target dev='vdb' bus='sata'/></disk><memballoon model='virtio'/></devices></domain>`)

test.each([
  '<domain><features><kvm><hidden state="on"/></kvm></features></domain>',
  '<domain><on_crash>preserve</on_crash></domain>',
  '<domain><devices><disk><target dev="vdb"/><iotune><total_iops_sec>5</total_iops_sec></iotune></disk></devices></domain>',
  '<domain><devices><interface><mac address="52:54:00:00:00:01"/><driver queues="2"/></interface></devices></domain>',
  '<domain><devices><memballoon autodeflate="on"/></devices></domain>',
  '<domain><devices><sound model="ich9"/></devices></domain>',
  '<domain><devices><vsock/></devices></domain>',
])('%s is brought in once, and then it is there', (text) => {
  const document = domain()
  const fragment = parseFragment(text)
  expect(covers(document, fragment)).toBe(false)
  merge(document, fragment)
  expect(covers(document, fragment)).toBe(true)
  const after = formatXml(document)
  merge(document, fragment)
  expect(formatXml(document)).toBe(after)
  expect(covers(document, domain())).toBe(!text.includes('on_crash'))
})

test('a disk is changed where it is', () => {
  const document = domain()
  merge(document, parseFragment('<domain><devices><disk><target dev="vdb"/><shareable/></disk></devices></domain>'))
  expect(formatXml(document).match(/<disk>/g)).toHaveLength(2)
  expect(formatXml(document)).toMatch(/dev="vdb" bus="sata"\/>\s*<shareable\/>/)
})

test('libvirt writes amounts in units of its own', () => {
  const said = parseFragment("<domain><features><tcg><tb-cache unit='MiB'>96</tb-cache></tcg></features></domain>")
  const found = (amount: number) =>
    parseXml(`<domain><features><tcg><tb-cache unit='KiB'>${amount}</tb-cache></tcg></features></domain>`)
  expect(covers(found(98_304), said)).toBe(true)
  expect(covers(found(98_305), said)).toBe(false)
})

test('only a domain is a fragment', () => {
  expect(() => parseFragment('<network/>')).toThrow('expected a <domain>')
  expect(() => parseFragment('no')).toThrow('not well-formed')
})
