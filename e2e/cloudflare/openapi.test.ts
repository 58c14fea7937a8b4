import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInspector } from './openapi.ts'
import type { Call } from './record.ts'

const json = (schema: object) => ({ content: { 'application/json': { schema } } })
const pet = { $ref: '#/components/schemas/pet' }
const failure = { $ref: '#/components/schemas/failure' }

/** A description in the dialect and with the habits of Cloudflare's. */
const description = {
  openapi: '3.0.3',
  paths: {
    '/pets': {
      get: {
        parameters: [{ in: 'query', name: 'age', schema: { type: 'integer', maximum: 30 } }],
        responses: { 200: json({ type: 'object', properties: { result: { type: 'array', items: pet } } }) },
      },
      post: {
        requestBody: { required: true, ...json(pet) },
        responses: {
          201: json({ allOf: [{ properties: { success: { enum: [true] } } }, { properties: { result: pet } }] }),
          '4XX': json({ allOf: [{ properties: { success: { enum: [true] } } }, failure] }),
        },
      },
    },
    '/pets/{id}': { get: { responses: { 200: json({ properties: { result: pet } }) } } },
    '/pets/newest': { get: { responses: { 200: json({ properties: { result: { type: 'string' } } }) } } },
  },
  components: {
    schemas: {
      pet: {
        type: 'object',
        required: ['name', 'id'],
        properties: {
          id: { type: 'string', format: 'uuid', readOnly: true },
          name: { type: 'string', example: 'Rex' },
          chip: { type: 'string', writeOnly: true },
          born: { type: 'string', format: 'date-time', nullable: true },
          kind: { oneOf: [{ $ref: '#/components/schemas/dog' }, { $ref: '#/components/schemas/cat' }] },
          notes: { type: 'object' },
        },
      },
      dog: { type: 'object', required: ['barks'], properties: { barks: { type: 'boolean' } } },
      cat: { type: 'object', required: ['purrs'], properties: { purrs: { type: 'boolean' } } },
      failure: {
        type: 'object',
        required: ['success'],
        properties: { success: { enum: [false] }, result: { type: 'object', nullable: true, enum: [null] } },
      },
    },
  },
}

let directory = ''
let file = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lares-openapi-'))
  file = join(directory, 'description.json')
  await writeFile(file, JSON.stringify(description))
})
afterAll(() => rm(directory, { recursive: true }))

const id = '0134b89c-b1e4-484f-8f8b-378be85260e8'

/** What is wrong with one exchange: `side at: problem`. */
function problems(request: string, body: unknown, status: number, answer: object, query: Record<string, string> = {}) {
  const [method = '', path = ''] = request.split(' ')
  const inspector = createInspector(file, (unchanged) => unchanged)
  const call: Call = { method, path, query, status, at: 0, token: null }
  inspector.exchanged(call, { body }, { status, body: answer as Record<string, unknown> })
  return inspector.violations.map(({ side, at, problem }) => `${side} ${at}: ${problem}`)
}

const made = (pet: object) => ({ success: true, result: { id, name: 'Rex', ...pet } })

describe('an exchange', () => {
  test('that fits is no violation', () => {
    const answer = made({ born: null, kind: { barks: true }, notes: { any: { thing: 1 } } })
    expect(problems('POST /pets', { name: 'Rex', chip: '7' }, 201, answer)).toEqual([])
    expect(problems('GET /pets', undefined, 200, { result: [made({}).result] }, { age: '7' })).toEqual([])
    expect(problems('POST /pets', { nonsense: true }, 400, { success: false, result: null })).toEqual([])
  })

  test.each([
    [
      'a field that nobody described',
      made({ colour: 'brown' }),
      'answer /result/colour: must NOT have unevaluated properties',
    ],
    [
      'a field deep inside',
      made({ kind: { barks: true, bites: true } }),
      'answer /result/kind/bites: must NOT have unevaluated properties',
    ],
    ['another type', made({ born: 7 }), 'answer /result/born: must be string'],
    ['another format', made({ born: 'yesterday' }), 'answer /result/born: must match format "date-time"'],
    ['a write-only field', made({ chip: '7' }), 'answer /result/chip: boolean schema is false'],
    [
      'two alternatives at once',
      made({ kind: { barks: true, purrs: true } }),
      'answer /result/kind: must match exactly one schema in oneOf',
    ],
    ['a missing field', { success: true, result: { name: 'Rex' } }, "answer /result: must have required property 'id'"],
    [
      'an envelope that says otherwise',
      { ...made({}), success: false },
      'answer /success: must be equal to one of the allowed values',
    ],
  ])('with %s in its answer is one', (_what, answer, problem) => {
    expect(problems('POST /pets', { name: 'Rex' }, 201, answer)).toContain(problem)
  })

  test('with a request that does not fit is one', () => {
    const sent = (body: unknown) => problems('POST /pets', body, 201, made({}))
    expect(sent({ name: 7 })).toEqual(['request /name: must be string'])
    expect(sent({ name: 'Rex', id })).toEqual(['request /id: boolean schema is false'])
    expect(sent({})).toEqual(["request : must have required property 'name'"])
    expect(sent(undefined)).toEqual(['request : must be object'])
    expect(problems('GET /pets', { name: 'Rex' }, 200, { result: [] })).toEqual(['request : has a body'])
    const query = (age: string) => problems('GET /pets', undefined, 200, { result: [] }, { age, colour: 'brown' })
    expect(query('31')).toEqual(['query /age: must be <= 30', 'query /colour: is not described'])
  })

  test('that is not described is one, once it succeeds', () => {
    expect(problems('DELETE /pets', undefined, 200, {})).toEqual(['request : is not described'])
    expect(problems('DELETE /pets', undefined, 405, { success: false })).toEqual([])
    expect(problems('POST /pets', { name: 'Rex' }, 200, made({}))).toEqual(['answer : status 200 is not described'])
    expect(problems('GET /pets/newest', undefined, 200, { result: 'Rex' })).toEqual([])
  })
})

test('without a description nothing is checked', () => {
  const inspector = createInspector(undefined)
  inspector.exchanged(
    { method: 'GET', path: '/x', query: {}, status: 200, at: 0, token: null },
    { body: 1 },
    { status: 200, body: {} },
  )
  expect(inspector).toMatchObject({ violations: [], checked: { requests: 0, answers: 0 } })
})
