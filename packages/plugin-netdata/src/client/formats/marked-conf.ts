import type { Owner } from '@lares/core'
import { formatIni, type Sections } from './ini.ts'

/** What stands above the options of a netdata.conf that a lab wrote. */
export interface ConfMark {
  owner: Owner
  /** The machine that the agent's identity was made on, or taken over on: another one is a clone. */
  machine: string
  /** Whether an agent ran, started with the host, and kept to itself, before the lab had one: that is how it is left again. */
  before: { running: boolean; enabled: boolean; private: boolean }
}

const words = ['running', 'enabled', 'private'] as const

export const formatMarkedConf = ({ owner, machine, before }: ConfMark, sections: Sections): string =>
  [
    `# lares: ${owner.lab}/${owner.address}`,
    `# machine: ${machine}`,
    `# before: ${words.filter((word) => before[word]).join(' ')}`,
    '# Written by Lares: what is changed here by hand is changed back.',
    '',
    formatIni(sections),
  ].join('\n')

/** The mark of a netdata.conf; undefined where no lab wrote it. */
export function confMark(text: string): ConfMark | undefined {
  const [, lab, address] = /^# lares: ([\w-]+)\/([\w/-]+)$/m.exec(text) ?? []
  if (lab === undefined || address === undefined) return undefined
  const before = /^# before:(.*)$/m.exec(text)?.[1]?.split(' ')
  const [running, enabled, isPrivate] = words.map((word) => before?.includes(word) ?? false) as [
    boolean,
    boolean,
    boolean,
  ]
  return {
    owner: { lab, address },
    machine: /^# machine: (\w+)$/m.exec(text)?.[1] ?? '',
    before: { running, enabled, private: isPrivate },
  }
}
