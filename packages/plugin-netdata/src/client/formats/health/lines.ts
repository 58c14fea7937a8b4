/** Where something stands in a file; lines and columns count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A line as the agent reads it: those that end with `\` are one with the next. */
export interface LogicalLine extends Place {
  readonly text: string
  /** Where a character of the text stands in the file. */
  placeOf(offset: number): Place
}

interface Piece {
  readonly from: number
  readonly place: Place
}

/** The agent's buffer has 4096 characters for a line with all that continues it. */
export const LONGEST_LINE = 4000

/** (netdata: health/health_config.c, `health_readfile`.) */
export function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = []
  const physical = text.split(/\r?\n/)
  for (let index = 0; index < physical.length; index++) {
    const indent = physical[index]!.length - physical[index]!.trimStart().length
    let current = physical[index]!.trim()
    if (current === '' || current.startsWith('#')) continue
    const pieces: Piece[] = [{ from: 0, place: { line: index + 1, column: indent + 1 } }]
    while (current.endsWith('\\') && index + 1 < physical.length) {
      index++
      const before = current.slice(0, -1) + ' '
      pieces.push({ from: before.length, place: { line: index + 1, column: 1 } })
      current = (before + physical[index]!).trimEnd()
    }
    lines.push({ ...pieces[0]!.place, text: current, placeOf: (offset) => placeIn(pieces, offset) })
  }
  return lines
}

function placeIn(pieces: readonly Piece[], offset: number): Place {
  const { from, place } = pieces.findLast((each) => each.from <= offset)!
  return { line: place.line, column: place.column + offset - from }
}
