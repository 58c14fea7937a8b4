import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIni, type Sections } from '../formats/ini.ts'
import { OPTION_NAMES } from './options.ts'
import { removeSection, setSection, streamSections, takeSection } from './sections.ts'

const nas = { lab: 'home', address: 'nas' }
const other = { lab: 'attic', address: 'site/nas' }
const theirs =
  '# Stock.\n\n[stream]\n    # Where to?\n    enabled = no\n    timeout seconds = 60\n\n[MACHINE_GUID]\n    type = machine\n'

/** What the agent has of it: sections without an option mean nothing to it. */
const meaning = (text: string): Sections =>
  Object.fromEntries(Object.entries(parseIni(text).sections).filter(([, options]) => Object.keys(options).length > 0))

/** The same of all lines but options of Lares in the sections of `nas`. */
function withoutOwn(text: string): Sections {
  let isOwn = false
  let marked = false
  const kept = text.split('\n').filter((line) => {
    if (/^\[.*\]$/.test(line)) isOwn = marked
    if (!line.startsWith('#')) marked = false
    else if (line.startsWith('# lares: ')) marked = line === '# lares: home/nas'
    return !(isOwn && OPTION_NAMES.has(line.split('=')[0]!.trim()))
  })
  return meaning(kept.join('\n'))
}

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

  it('what others write into ours stays, and is in that section as the agent has it', () => {
    const own = setSection('', nas, 'key', { type: 'api' })
    const text = `${own}# A note.\n\n    enabled = no\n    multiple connections = allow\n\n[other]\n    type = api\n`
    expect(streamSections(text)[0]).toEqual({
      ...{ name: 'key', owner: nas },
      options: { type: 'api', enabled: 'no', 'multiple connections': 'allow' },
    })
    const rest = '# A note.\n\n    multiple connections = allow\n\n[other]\n    type = api\n'
    expect(setSection(text, nas, 'new', { type: 'api', enabled: 'yes' })).toBe(
      `# lares: home/nas\n[new]\n    type = api\n    enabled = yes\n${rest}`,
    )
    expect(removeSection(text, nas)).toBe(`[key]\n${rest}`)
    expect(removeSection(`${own}# A note.\n    enabled = yes\n`, nas)).toBe('# A note.\n')
  })

  it('a comment between our mark and our section stays where it is', () => {
    const text = '# lares: home/nas\n# Why not?\n[key]\n    type = api\n'
    expect(streamSections(text)).toEqual([{ name: 'key', owner: nas, options: { type: 'api' } }])
    expect(setSection(text, nas, 'key', { type: 'machine' })).toBe(text.replace('api', 'machine'))
    expect(removeSection(text, nas)).toBe('# Why not?\n')
  })

  it('whatever comments, blank lines and sections there are, an edit changes our options and nothing else', () => {
    const line = constantFrom(
      ...[
        '',
        '  ',
        '# A note.',
        '#timeout seconds = 5',
        '  # [stream]',
        'rubbish',
        '[stream] # x',
        '# lares: attic/site/nas',
      ],
      ...[
        '[stream]',
        '[ stream ]',
        '[]',
        '[key]',
        '# lares: home/nas\n[stream]',
        '# lares: home/nas\n# Why?\n[stream]',
      ],
      ...['enabled = yes', '  enabled=no', 'destination = tower', 'CAfile =', 'ours = 1', 'ours = 2', 'api key = # x'],
    )
    const options = { enabled: 'yes', 'api key': 'KEY', 'timeout seconds': '60' }
    assert(
      property(array(line, { maxLength: 30 }), (lines) => {
        const text = `${lines.join('\n')}\n`
        const others = withoutOwn(text)
        expect(meaning(removeSection(text, nas))).toEqual(others)
        const edited = setSection(text, nas, 'stream', options)
        expect(meaning(edited)).toEqual({ ...others, stream: { ...others['stream'], ...options } })
        expect(setSection(edited, nas, 'stream', options)).toBe(edited)
        expect(meaning(removeSection(edited, nas))).toEqual(others)
        const notes = (all: string) => all.match(/^[ \t]*#(?! lares: home).*$/gm)?.sort()
        expect(notes(edited)).toEqual(notes(text))
      }),
      { numRuns: 2000 },
    )
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
