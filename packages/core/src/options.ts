import * as z from 'zod'
import type { Declaration } from './declaration.ts'
import { type Diagnostic, didYouMean, isLaresError, problem } from './diagnostics.ts'
import { milliseconds } from './duration.ts'
import type { ModelResource } from './model.ts'
import { verbs } from './resource.ts'
import { checkValue, keysAt, schemaAt } from './schema.ts'
import { formatPath, isObject, type Path, parsePath } from './value.ts'

const duration = z.union([z.number(), z.string()]).transform((said, context) => {
  try {
    return milliseconds(said as never)
  } catch (error) {
    if (!isLaresError(error)) throw error
    const { summary, advice } = error.diagnostics[0]!
    context.addIssue({ code: 'custom', message: `${summary}: ${advice?.replace(/^W/, 'w')}` })
    return z.NEVER
  }
})

const options = z.strictObject({
  timeouts: z.strictObject(Object.fromEntries(verbs.map((verb) => [verb, duration.optional()]))),
  retries: z.int().nonnegative().optional(),
})

type Options = Pick<ModelResource, 'timeouts' | 'retries' | 'ignoreChanges'>

/** What is said to every resource beside its inputs, but for refs. Those of a type come before those of a resource. */
export function checkOptions({ address, type, timeouts, retries, ignoreChanges }: Declaration): {
  value: Options
  diagnostics: Diagnostic[]
} {
  const said = isObject(timeouts) ? { ...('timeouts' in type ? type.timeouts : {}), ...timeouts } : timeouts
  const isPlain =
    retries === undefined && ignoreChanges.length === 0 && isObject(said) && Object.keys(said).length === 0
  if (isPlain) return nothing
  const checked = checkValue(options, { timeouts: said, retries }, address, 'invalid_input')
  const ignored = ignoreChanges.map((text) => ignoredPath(text, type, address))
  return {
    value: {
      ...nothing.value,
      ...(checked.value as Partial<Options>),
      ignoreChanges: ignored.flatMap(({ path }) => (path ? [path] : [])),
    },
    diagnostics: [...checked.diagnostics, ...ignored.flatMap(({ wrong }) => wrong ?? [])],
  }
}

const nothing = { value: { timeouts: {}, ignoreChanges: [] }, diagnostics: [] }

function ignoredPath(
  text: string,
  { type, inputs, attributes }: Declaration['type'],
  address: string,
): { path?: Path; wrong?: Diagnostic } {
  const about = { address, path: 'ignoreChanges' }
  try {
    const path = parsePath(text)
    if ([inputs, attributes].some((schema) => schemaAt(schema, path) !== undefined)) return { path }
    const names = keysAt(inputs, path.slice(0, -1))
    const summary = `"ignoreChanges" names "${formatPath(path)}", which ${type} does not have`
    const advice = didYouMean(String(path.at(-1)), names)
    return { wrong: problem({ ...about, code: 'unknown_input', summary, ...advice }) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { wrong: problem({ ...about, code: 'invalid_input', summary: `"ignoreChanges": ${error.message}` }) }
  }
}
