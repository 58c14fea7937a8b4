import { equal, formatPath, type Json, type Path } from '@lares/core'
import type { HttpAnswer } from './http.ts'

/** What a page has to be like. */
export interface HttpExpectation {
  /** One of these; 200 to 399 when absent. */
  readonly status?: number | readonly number[] | undefined
  /** Text of a regular expression that the body matches somewhere. */
  readonly body?: string | undefined
  /** What stands at places of the body, which is JSON. */
  readonly json?: readonly { readonly path: Path; readonly oneOf: readonly Json[] }[] | undefined
}

/** One thing that was looked at, in words: `status 503, expected 200 to 399`. */
export interface Finding {
  readonly good: boolean
  readonly words: string
}

/** Everything that was expected of an answer, with what was found. Pure. The body itself is not shown. */
export function findingsOf({ status, body }: HttpAnswer, expected: HttpExpectation): Finding[] {
  const statuses = expected.status === undefined ? undefined : [expected.status].flat()
  const isGood = statuses ? statuses.includes(status) : status >= 200 && status < 400
  return [
    finding(isGood, `status ${status}`, statuses?.join(' or ') ?? '200 to 399'),
    ...(expected.body === undefined
      ? []
      : [
          finding(
            new RegExp(expected.body).test(body),
            `body of ${body.length} characters`,
            `/${expected.body}/ in it`,
          ),
        ]),
    ...(expected.json ? jsonFindings(body, expected.json) : []),
  ]
}

function jsonFindings(body: string, expected: NonNullable<HttpExpectation['json']>): Finding[] {
  let root: unknown
  try {
    root = JSON.parse(body)
  } catch {
    return [finding(false, `body of ${body.length} characters`, 'JSON')]
  }
  return expected.map(({ path, oneOf }) => {
    const found = valueAt(root, path)
    const wanted = oneOf.map((one) => JSON.stringify(one)).join(' or ')
    return finding(
      oneOf.some((one) => equal(one, found)),
      `${formatPath(path)} ${found === undefined ? 'is not there' : `is ${shown(found)}`}`,
      wanted,
    )
  })
}

const finding = (good: boolean, found: string, expected: string): Finding => ({
  good,
  words: good ? found : `${found}, expected ${expected}`,
})

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  )

const SHOWN = 200

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
