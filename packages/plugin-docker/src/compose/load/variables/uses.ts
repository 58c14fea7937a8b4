import type { Diagnostic, SourceLocation } from '@lares/core'

/** Which variables stand where. Their values may be secrets, so that messages call them by name. */
export interface VariableUses {
  note(at: SourceLocation, name: string, value: string): void
  /** The diagnostic with the names of the variables that stand on its line in place of their values. */
  byName(diagnostic: Diagnostic): Diagnostic
}

export function variableUses(): VariableUses {
  const uses = new Map<string, Map<string, string>>()
  const keyOf = ({ file, line }: SourceLocation) => `${file}:${line}`
  return {
    note(at, name, value) {
      if (value === '') return
      const key = keyOf(at)
      uses.set(key, (uses.get(key) ?? new Map<string, string>()).set(value, name))
    },
    byName(diagnostic) {
      const there = diagnostic.source && uses.get(keyOf(diagnostic.source))
      if (!there) return diagnostic
      const longestFirst = [...there].toSorted(([a], [b]) => b.length - a.length)
      const named = (words: string) =>
        longestFirst.reduce((text, [value, name]) => text.split(value).join(`\${${name}}`), words)
      const { summary, detail, advice } = diagnostic
      return {
        ...diagnostic,
        summary: named(summary),
        ...(detail === undefined ? {} : { detail: named(detail) }),
        ...(advice === undefined ? {} : { advice: named(advice) }),
      }
    },
  }
}
