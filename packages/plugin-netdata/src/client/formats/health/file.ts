import type { Owner } from '@lares/core'

/** A file of health.d that Lares wrote. */
export interface OwnedFile {
  /** Whose it is; undefined without a mark. */
  readonly owner: Owner | undefined
  /** False where its lines are comments, so no agent reads them, whenever it starts. */
  readonly enabled: boolean
  /** The lines themselves. */
  readonly text: string
}

const MARK = '# lares: '

export const formatMark = ({ lab, address }: Owner): string => `${lab}/${address}`

export function parseMark(mark: string): Owner | undefined {
  const [, lab, address] = /^([^/]+)\/(.+)$/.exec(mark) ?? []
  return lab === undefined ? undefined : { lab, address: address! }
}

const DISABLED = '# disabled'
const COMMENT = '#| '

export function formatFile({ owner, enabled, text }: OwnedFile): string {
  const lines = text.replace(/\n*$/, '').split('\n')
  const head = owner ? [MARK + formatMark(owner)] : []
  const body = enabled ? lines : [DISABLED, ...lines.map((line) => COMMENT + line)]
  return `${[...head, ...body].join('\n')}\n`
}

export function parseFile(file: string): OwnedFile {
  const lines = file.replace(/\n$/, '').split('\n')
  const owner = lines[0]!.startsWith(MARK) ? parseMark(lines[0]!.slice(MARK.length)) : undefined
  const body = owner ? lines.slice(1) : lines
  // A comment may say the same: without any line that is read, there is no alarm.
  const enabled = body[0] !== DISABLED || !body.slice(1).every((line) => line.startsWith(COMMENT.trim()))
  const text = enabled ? body : body.slice(1).map((line) => line.slice(COMMENT.length))
  return { owner, enabled, text: `${text.join('\n')}\n` }
}
