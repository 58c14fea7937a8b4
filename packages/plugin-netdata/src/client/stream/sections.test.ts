import { describe, expect, it } from 'vitest'
import { parseIni } from '../formats/ini.ts'
import { removeSection, setSection, streamSections, takeSection } from './sections.ts'

const nas = { lab: 'home', address: 'nas' }
const other = { lab: 'attic', address: 'site/nas' }
const theirs =
  '# Stock.\n\n[stream]\n    # Where to?\n    enabled = no\n    timeout seconds = 60\n\n[MACHINE_GUID]\n    type = machine\n'

describe('the sections of stream.conf', () => {
  it('ours stand among those of others, which stay byte for byte', () => {
    const one = setSection(theirs, nas, 'stream', { enabled: 'yes', destination: 'tower' })
    const two = setSection(one, other, 'key', { type: 'api' })
    expect(two).toBe(
      `${theirs}\n# lares: home/nas\n[stream]\n    enabled = yes\n    destination = tower\n\n# lares: attic/site/nas\n[key]\n    type = api\n`,
    )
    expect(removeSection(removeSection(two, nas), other)).toBe(theirs)
    expect(removeSection(removeSection(two, other), nas)).toBe(theirs)
    expect(removeSection(theirs, nas)).toBe(theirs)
  })

  it('what is the same stays where it is', () => {
    const text = `${setSection(theirs, nas, 'stream', { enabled: 'yes' })}\n[key]\n    type = api\n`
    expect(setSection(text, nas, 'stream', { enabled: 'yes' })).toBe(text)
  })

  it('ours win over others of their name', () => {
    const text = `${setSection('', nas, 'stream', { enabled: 'yes' })}\n[stream]\n    enabled = no\n`
    const again = setSection(text, nas, 'stream', { enabled: 'yes' })
    expect(parseIni(again).sections['stream']).toEqual({ enabled: 'yes' })
    expect(again.startsWith('\n[stream]\n    enabled = no\n')).toBe(true)
  })

  it('what others write below ours is theirs', () => {
    const text = `${setSection('', nas, 'key', { type: 'api' })}# A note.\n    enabled = yes\n`
    expect(removeSection(text, nas)).toBe('# A note.\n    enabled = yes\n')
    expect(streamSections(text)).toEqual([{ name: 'key', options: { type: 'api' }, owner: nas }])
  })

  it('another key takes the place of the former one', () => {
    const text = setSection(setSection(theirs, nas, 'key1', { type: 'api' }), nas, 'key2', { type: 'api' })
    expect(streamSections(text).map(({ name }) => name)).toEqual(['stream', 'MACHINE_GUID', 'key2'])
  })

  it('a section of another is taken without its comments, and only when it is switched on', () => {
    expect(takeSection(theirs, nas, 'stream')).toBe(theirs)
    const live = theirs.replace('enabled = no', 'enabled = yes')
    expect(takeSection(live, nas, 'stream')).toBe('# Stock.\n\n    # Where to?\n\n[MACHINE_GUID]\n    type = machine\n')
    const foreign = setSection('', other, 'stream', { enabled: 'yes' })
    expect(takeSection(foreign, nas, 'stream')).toBe('')
  })
})
