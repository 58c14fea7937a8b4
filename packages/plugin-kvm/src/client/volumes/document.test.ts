import { expect, test } from 'vitest'
import { formatXml } from '../xml.ts'
import { parseVolume, volumeXml } from './document.ts'

/** libvirt 9.0.0 on Debian 12. */
const overlay = `<volume type='file'>
  <name>over.qcow2</name>
  <key>/run/p1/over.qcow2</key>
  <capacity unit='bytes'>209715200</capacity>
  <allocation unit='bytes'>200704</allocation>
  <physical unit='bytes'>196616</physical>
  <target>
    <path>/run/p1/over.qcow2</path>
    <format type='qcow2'/>
    <permissions>
      <mode>0600</mode>
      <owner>0</owner>
      <group>0</group>
    </permissions>
  </target>
  <backingStore>
    <path>/run/p1/base</path>
    <format type='qcow2'/>
  </backingStore>
</volume>`

test('what libvirt says of a volume', () => {
  expect(parseVolume('p1', overlay)).toEqual({
    pool: 'p1',
    name: 'over.qcow2',
    path: '/run/p1/over.qcow2',
    type: 'file',
    format: 'qcow2',
    capacity: 209_715_200,
    allocation: 200_704,
    backing: { path: '/run/p1/base', format: 'qcow2' },
    mode: '0600',
    owner: 0,
    group: 0,
  })
})

test('what libvirt is told of one reads back as it was said', () => {
  const spec = {
    name: "a & 'b'",
    capacity: 5,
    format: 'raw',
    mode: '0640',
    owner: 64_055,
    backing: { path: '/x', format: 'raw' },
  }
  expect(parseVolume('p', formatXml(volumeXml(spec)))).toMatchObject({ ...spec, group: -1 })
})
