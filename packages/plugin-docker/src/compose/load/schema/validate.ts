import { type Diagnostic, didYouMean, formatPath, type Path, problem } from '@lares/core'
import type * as z from 'zod'
import { type Node, nearest, plain } from '../yaml/tree.ts'
import { composeFile } from './file.ts'
import { unknownKeys } from './parts.ts'

type Issue = z.core.$ZodIssue

/** Everything in a compose file that the specification has no place for, each with its place. */
export function validateFile(root: Node): Diagnostic[] {
  const result = composeFile.safeParse(plain(root))
  return result.success ? [] : result.error.issues.flatMap((issue) => explain(issue, [], root))
}

function explain(issue: Issue, within: Path, root: Node): Diagnostic[] {
  const path = [...within, ...(issue.path as Path)]
  if (issue.code === 'invalid_union') {
    const form = meantForm(issue.errors)
    if (form !== undefined) return form.flatMap((inner) => explain(inner, path, root))
  }
  const where = { path: formatPath(path), source: nearest(root, path).at }
  const known = issue.code === 'custom' ? (issue.params as { known: string[] } | undefined)?.known : undefined
  if (known) return unknownAttributes(path, known, root)
  const summary = issue.code === 'invalid_union' ? expectation(issue.errors) : issue.message
  return [problem({ code: 'invalid_attribute', summary: `${formatPath(path) || 'The file'}: ${summary}`, ...where })]
}

function unknownAttributes(path: Path, known: string[], root: Node): Diagnostic[] {
  return unknownKeys(plain(nearest(root, path)), known).map((key) => {
    const at = [...path, key]
    const summary = `There is no attribute "${key}"`
    const source = nearest(root, at).at
    return problem({ code: 'unknown_attribute', summary, path: formatPath(at), source, ...didYouMean(key, known) })
  })
}

/** Which of the forms the user wrote: the one that is wrong not as a whole, but somewhere inside. */
const meantForm = (forms: readonly Issue[][]): Issue[] | undefined =>
  forms.find((issues) => issues.length > 0 && issues.every(({ path, code }) => path.length > 0 || code === 'custom'))

function expectation(forms: readonly Issue[][]): string {
  const expected = forms.flat().map((issue) => ('expected' in issue ? String(issue.expected) : undefined))
  const kinds = [...new Set(expected.filter((kind) => kind !== undefined))].map(kindName)
  return kinds.length === 0 ? (forms[0]?.[0]?.message ?? 'Invalid value') : `Expected ${kinds.join(' or ')}`
}

const kindName = (kind: string): string =>
  ({ record: 'a mapping', object: 'a mapping', array: 'a list', string: 'text', int: 'a whole number' })[kind] ??
  `a ${kind}`
