import { type AnyResource, type Declarable, type Declaration, declarationOf, NAME, optionNames } from './declaration.ts'
import { type Diagnostic, didYouMean, fail, isLaresError, problem, type SourceLocation } from './diagnostics.ts'
import type { Plugin } from './plugin.ts'
import { type Expression, expressionOf, parseTemplate, visitExpressions } from './ref.ts'
import { type Timeouts, verbs } from './resource.ts'
import { jsonSchema } from './schema.ts'
import { isObject, type JsonObject, type Path } from './value.ts'

export const LAB: unique symbol = Symbol.for('lares.lab') as never

/** A lab as it was written, before validation. */
export interface Lab {
  readonly [LAB]: true
  name: string
  declarations: readonly Declaration[]
  outputs: Record<string, unknown>
  plugins: readonly Plugin[]
  /** What was wrong with its form, so that it can be shown with everything else that is wrong. */
  diagnostics: readonly Diagnostic[]
}

/** Resources, in lists as deep as the config's functions return them. */
export type Listing = AnyResource | readonly Listing[]

/** The lab in TypeScript: what is listed, and everything that it refers to. */
export function defineLab(definition: {
  name: string
  resources: Listing
  /** Values to show and to use elsewhere, usually refs. */
  outputs?: Record<string, unknown>
}): Lab {
  const found = new Set<Declaration>()
  const add = (declaration: Declaration | undefined): void => {
    if (!declaration || found.has(declaration)) return
    add(declaration.on?.target)
    for (const pointer of declaration.dependsOn) add(pointer.target)
    addReferred(declaration.inputs)
    found.add(declaration)
  }
  const addReferred = (tree: unknown): void =>
    visitExpressions(tree, (body) => {
      if (body.kind === 'ref') add(body.target as Declaration | undefined)
    })
  const addListing = (listing: Listing, at: string): void => {
    const declaration = declarationOf(listing)
    if (declaration) add(declaration)
    else if (Array.isArray(listing)) listing.forEach((item, i) => addListing(item, `${at}[${i}]`))
    else {
      fail({
        code: 'not_a_resource',
        summary: `${at} is no resource`,
        advice: 'List what a plugin returned, such as docker.container(…).',
      })
    }
  }
  addListing(definition.resources, 'resources')
  addReferred(definition.outputs ?? {})
  const declarations = [...found]
  return {
    [LAB]: true,
    name: definition.name,
    declarations,
    outputs: definition.outputs ?? {},
    plugins: [...new Set(declarations.flatMap(({ type }) => type.plugin ?? []))],
    diagnostics: [],
  }
}

export const isLab = (value: unknown): value is Lab => isObject(value) && (value as Partial<Lab>)[LAB] === true

/** The lab in YAML or JSON, already parsed. Everything wrong with its form is in `diagnostics`. */
export function labFromDocument(
  document: unknown,
  plugins: readonly Plugin[],
  options: { locate?(path: Path): SourceLocation | undefined } = {},
): Lab {
  const diagnostics: Diagnostic[] = []
  const locate = options.locate ?? (() => undefined)
  const report = (diagnostic: Omit<Diagnostic, 'severity'>, at: Path): void => {
    const source = locate(at)
    diagnostics.push(problem({ ...diagnostic, ...(source ? { source } : {}) }))
  }
  const root = isObject(document) ? document : {}
  if (!isObject(document))
    report({ code: 'invalid_config', summary: 'The config must be a mapping with "name" and "resources"' }, [])
  const known = ['name', 'plugins', 'resources', 'outputs', '$schema']
  for (const key of Object.keys(root)) {
    if (!known.includes(key) && !key.startsWith('x-')) {
      report({ code: 'unknown_input', summary: `"${key}" is not known here`, path: key, ...didYouMean(key, known) }, [
        key,
      ])
    }
  }
  const resources = root['resources'] ?? {}
  if (!isObject(resources))
    report({ code: 'invalid_config', summary: '"resources" must be a mapping from names to resources' }, ['resources'])
  const types = new Map<string, Declarable>(plugins.flatMap(({ types, composites }) => [...types, ...composites]))
  const declarations: Declaration[] = []
  for (const [address, body] of Object.entries(isObject(resources) ? resources : {})) {
    const at = ['resources', address]
    if (!isObject(body) || typeof body['type'] !== 'string') {
      report({ code: 'invalid_config', summary: 'A resource needs a "type"', address }, at)
      continue
    }
    const type = types.get(body['type'])
    if (!type) {
      report(
        {
          code: 'unknown_resource_type',
          summary: `There is no resource type "${body['type']}"`,
          address,
          path: 'type',
          ...(didYouMean(body['type'], types.keys()) ?? {
            advice: `Name its plugin under "plugins". Known are: ${[...types.keys()].join(', ') || 'none'}.`,
          }),
        },
        [...at, 'type'],
      )
      continue
    }
    declarations.push(declare(address, type, body, report, (path) => locate([...at, ...path])))
  }
  return {
    [LAB]: true,
    name: typeof root['name'] === 'string' ? root['name'] : '',
    declarations,
    outputs: isObject(root['outputs'])
      ? (templates(root['outputs'], ['outputs'], report) as Record<string, unknown>)
      : {},
    plugins,
    diagnostics,
  }
}

type Report = (diagnostic: Omit<Diagnostic, 'severity'>, at: Path) => void

function declare(
  address: string,
  type: Declarable,
  body: Record<string, unknown>,
  report: Report,
  locate: (path: Path) => SourceLocation | undefined,
): Declaration {
  const inputs: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(body)) {
    if (key === 'type' || (optionNames as readonly string[]).includes(key)) continue
    inputs[key] = templates(value, ['resources', address, key], report, address)
  }
  const names = (key: string): string[] => {
    const value = body[key] ?? []
    const list = Array.isArray(value) ? value : [value]
    if (list.every((item) => typeof item === 'string')) return list
    const what = key === 'ignoreChanges' ? 'paths of inputs' : 'names of resources'
    report({ code: 'invalid_config', summary: `"${key}" takes ${what}`, address, path: key }, [
      'resources',
      address,
      key,
    ])
    return []
  }
  const [on, ...more] = names('on')
  if (more.length > 0)
    report(
      {
        code: 'invalid_config',
        summary: '"on" takes one resource',
        address,
        path: 'on',
        advice: 'Name the others in "dependsOn".',
      },
      ['resources', address, 'on'],
    )
  return {
    address,
    type,
    inputs,
    ...(on === undefined ? {} : { on: { address: on } }),
    dependsOn: names('dependsOn').map((name) => ({ address: name })),
    movedFrom: names('movedFrom'),
    ignoreChanges: names('ignoreChanges'),
    // Checked with the model, as those of a config in TypeScript are.
    timeouts: (body['timeouts'] ?? {}) as Timeouts,
    ...(body['retries'] === undefined ? {} : { retries: body['retries'] as number }),
    locate,
  }
}

/** The tree with every `${…}` string parsed. */
function templates(tree: unknown, at: Path, report: Report, address?: string): unknown {
  if (typeof tree === 'string') {
    try {
      return parseTemplate(tree) as string | Expression<unknown>
    } catch (error) {
      if (!isLaresError(error)) throw error
      for (const { severity: _, ...diagnostic } of error.diagnostics)
        report({ ...diagnostic, ...(address ? { address } : {}) }, at)
      return undefined
    }
  }
  if (Array.isArray(tree)) return tree.map((item, i) => templates(item, [...at, i], report, address))
  if (!isObject(tree) || expressionOf(tree)) return tree
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, templates(value, [...at, key], report, address)]),
  )
}

/** JSON Schema of a lab in YAML with these plugins. */
export function labSchema(plugins: readonly Plugin[]): JsonObject {
  const types = plugins.flatMap(({ types, composites }): Declarable[] => [...types.values(), ...composites.values()])
  const name = { type: 'string' }
  const names = { anyOf: [name, { type: 'array', items: name }] }
  const options: JsonObject = {
    on: { ...name, description: 'The resource that gives the connection, and contains this one.' },
    dependsOn: { ...names, description: 'Resources that must be there and ready before this one.' },
    movedFrom: { ...names, description: 'Former names of this resource.' },
    ignoreChanges: { ...names, description: 'Inputs whose differences are left alone.' },
    timeouts: {
      type: 'object',
      properties: Object.fromEntries(verbs.map((verb) => [verb, { type: ['string', 'number'] }])),
      additionalProperties: false,
    },
    retries: { type: 'integer', minimum: 0 },
  }
  const definitions = Object.fromEntries(
    types.map((type) => {
      const schema = jsonSchema(type.inputs)
      const required = Array.isArray(schema['required']) ? schema['required'] : []
      const properties = { type: { const: type.type }, ...(schema['properties'] as JsonObject), ...options }
      const description = type.description ? { description: type.description } : {}
      return [type.type, { ...schema, ...description, properties, required: ['type', ...required] }]
    }),
  )
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Lares lab',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      name: { type: 'string', description: 'The name of the lab; it is part of every ownership mark.' },
      plugins: { type: 'array', items: { type: 'string' }, description: 'npm packages of the plugins.' },
      resources: {
        type: 'object',
        propertyNames: { pattern: NAME.source },
        additionalProperties: {
          type: 'object',
          required: ['type'],
          properties: { type: { enum: types.map(({ type }) => type) } },
          allOf: types.map(({ type }) => ({
            if: { properties: { type: { const: type } }, required: ['type'] },
            // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
            then: { $ref: `#/$defs/${type}` },
          })),
        },
      },
      outputs: { type: 'object' },
    },
    required: ['name', 'resources'],
    patternProperties: { '^x-': {} },
    additionalProperties: false,
    $defs: definitions,
  }
}
