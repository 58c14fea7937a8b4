import { expect, test } from 'vitest'
import { all, element, formatXml, get, parseXml, put } from './xml.ts'

const document = `<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>a &amp; b</name>
  <!-- gone -->
  <vcpu placement='static' current='1'>2</vcpu>
  <devices>
    <disk><target dev='vda'/></disk>
    <unheard-of deep='1'><er>x &lt; y</er></unheard-of>
    <disk><target dev='vdb'/></disk>
  </devices>
  <qemu:commandline><qemu:arg value='-name "x"'/></qemu:commandline>
</domain>`

test('what is not understood stays, in its order', () => {
  const xml = parseXml(document)
  expect(parseXml(formatXml(xml))).toEqual(xml)
  expect(xml.children.map((child) => (typeof child === 'string' ? child : child.name))).toEqual([
    'name',
    'vcpu',
    'devices',
    'qemu:commandline',
  ])
  expect(get(xml, 'devices/unheard-of/er')).toBe('x < y')
  expect(get(xml, 'qemu:commandline/qemu:arg@value')).toBe('-name "x"')
})

test('values are found and set by path', () => {
  const xml = parseXml(document)
  expect(get(xml, 'name')).toBe('a & b')
  expect(get(xml, '@type')).toBe('kvm')
  expect(get(xml, 'vcpu@current')).toBe('1')
  expect(get(xml, 'vcpu@cpuset')).toBeUndefined()
  expect(all(xml, 'devices/disk').map((disk) => get(disk, 'target@dev'))).toEqual(['vda', 'vdb'])
  put(xml, 'vcpu', 4)
  put(xml, 'vcpu@current', undefined)
  put(xml, 'os/loader@secure', true)
  put(xml, 'devices/disk', undefined)
  expect(formatXml(xml)).toMatchInlineSnapshot(`
    "<domain type="kvm" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
      <name>a &amp; b</name>
      <vcpu placement="static">4</vcpu>
      <devices>
        <unheard-of deep="1">
          <er>x &lt; y</er>
        </unheard-of>
      </devices>
      <qemu:commandline>
        <qemu:arg value="-name &quot;x&quot;"/>
      </qemu:commandline>
      <os>
        <loader secure="yes"/>
      </os>
    </domain>
    "
  `)
})

test('what is undefined is left out', () => {
  expect(formatXml(element('disk', { type: 'file', device: undefined }, undefined, element('readonly')))).toBe(
    '<disk type="file">\n  <readonly/>\n</disk>\n',
  )
})

test('what is no XML is an error', () => {
  for (const text of ['', 'plain', '<a><b></a>', '<a', '<a/><b/>']) expect(() => parseXml(text)).toThrow()
})
