import { type CompositeType, type DeclarePart, isComposite } from './composite.ts'
import { type Declaration, declarationOf, makeFactory, NAME } from './declaration.ts'
import { didYouMean, fail, toDiagnostics } from './diagnostics.ts'
import { checkOptions } from './options.ts'
import { conceal, expressionOf, makeRef, replaceRefs, UNKNOWN, visitExpressions } from './ref.ts'
import { checkPointers, checkRefs, type Declared, type Report, reportAll } from './references.ts'
import type { ResourceType } from './resource.ts'
import { checkInputs, secretPaths } from './schema.ts'
import { isObject, type Path } from './value.ts'

/** A lab with the parts of its composites in their place. */
export interface Expansion {
  resources: readonly Declaration<ResourceType>[]
  /** All that is declared, and the parts. */
  all: Declared
  /** What the name of a declaration means: its own address, or those of its parts. */
  addressesOf(name: string): readonly string[]
  /** The tree with what attributes of composites stand for in place of refs to them. */
  replaceRefs<T>(tree: T): T
}

interface Expanded {
  parts: readonly Declaration<ResourceType>[]
  /** Undefined where the composite is not sound. */
  attributes: Record<string, unknown> | undefined
}
const nothing: Expanded = { parts: [], attributes: undefined }

/** Expands every composite whose own declaration is sound, and reports what is wrong with the others. */
export function expandComposites(declared: Declared, report: Report): Expansion {
  const composites = new Map<string, Expanded>()
  const resources: Declaration<ResourceType>[] = []
  for (const declaration of declared.values()) {
    if (isOfComposite(declaration)) {
      const expanded = expand(declaration, declared, report)
      composites.set(declaration.address, expanded)
      resources.push(...expanded.parts)
    } else resources.push(declaration as Declaration<ResourceType>)
  }
  const values = createValues(composites, (circle) =>
    report(declared.get(circle[0]!), {
      code: 'cycle',
      summary: `Composites stand for each other in a circle: ${circle.join(' -> ')}`,
      advice: 'Remove one of these refs.',
    }),
  )
  return {
    resources,
    all: new Map([...declared, ...resources.map((one) => [one.address, one] as const)]),
    addressesOf: (name) => composites.get(name)?.parts.map(({ address }) => address) ?? [name],
    replaceRefs: (tree) => (composites.size > 0 ? (values(tree) as typeof tree) : tree),
  }
}

const isOfComposite = (declaration: Declaration): declaration is Declaration<CompositeType> =>
  isComposite(declaration.type)

function expand(declaration: Declaration<CompositeType>, declared: Declared, report: Report): Expanded {
  const { address, type } = declaration
  let sound = true
  const tell: Report = (...what) => {
    sound = false
    report(...what)
  }
  checkRefs(declaration.inputs, declaration, declared, tell)
  const inputs = checkInputs(type.inputs, declaration.inputs, address)
  reportAll(inputs.diagnostics, declaration, tell)
  checkPointers(declaration, declared, tell)
  reportAll(checkOptions({ ...declaration, ignoreChanges: [] }).diagnostics, declaration, tell)
  if (!sound) return nothing
  const parts = new Map<string, Declaration<ResourceType>>()
  try {
    const given = type.expand({
      name: address,
      inputs: concealed(inputs.value, secretPaths(type.inputs)) as never,
      part: partsOf(declaration, parts),
    })
    const attributes = checkInputs(type.attributes, given, address, 'invalid_attributes')
    const wrong = attributes.diagnostics.map(({ path, summary }) => [path, summary].filter(Boolean).join(': '))
    if (wrong.length > 0) misdefined(type, `does not give its attributes: ${wrong.join('; ')}`)
    return {
      parts: withIgnored(declaration, parts, report),
      attributes: concealed(attributes.value, secretPaths(type.attributes)) as Record<string, unknown>,
    }
  } catch (error) {
    reportAll(toDiagnostics(error, { address, summary: `${type.type} cannot be expanded` }), declaration, report)
    return nothing
  }
}

const misdefined = ({ type, plugin }: CompositeType, what: string): never =>
  fail({
    code: 'invalid_composite',
    summary: `${type} ${what}`,
    advice: `This is a bug in ${plugin?.package ?? type}: please report it.`,
  })

/** Declares parts: with what was said of all of them, where they do not say it themselves. */
function partsOf(
  { address, type, on, dependsOn, movedFrom, timeouts, retries, locate }: Declaration<CompositeType>,
  parts: Map<string, Declaration<ResourceType>>,
): DeclarePart {
  return (name, definition, inputs, options) => {
    const partType = type.plugin?.types.get(definition.type)
    if (!partType) return misdefined(type, `has a part of the type "${definition.type}", which is none of its plugin`)
    if (!NAME.test(name)) return misdefined(type, `has a part named "${name}", which is no name`)
    if (parts.has(name)) return misdefined(type, `has two parts named "${name}"`)
    const part = makeFactory(partType)(`${address}/${name}`, { ...inputs, ...options })
    const own = declarationOf(part) as Declaration<ResourceType>
    parts.set(name, {
      ...(partType.provider && on ? { on } : {}),
      ...own,
      dependsOn: [...dependsOn, ...own.dependsOn],
      movedFrom: movedFrom.map((former) => `${former}/${name}`),
      timeouts,
      ...(retries === undefined ? {} : { retries }),
      ...(locate ? { locate: () => locate([]) } : {}),
    })
    return part as never
  }
}

/** The parts with what is to be left alone in each. */
function withIgnored(
  declaration: Declaration<CompositeType>,
  parts: ReadonlyMap<string, Declaration<ResourceType>>,
  report: Report,
): Declaration<ResourceType>[] {
  const ignored = Map.groupBy(declaration.ignoreChanges, (text) => {
    const [, name = '', input] = /^([^.]*)(?:\.(.+))?$/.exec(text) ?? []
    if (parts.has(name) && input) return name
    const summary = `"ignoreChanges" names "${text}", which is no input of a part of ${declaration.type.type}`
    const known = { advice: `Write PART.INPUT. The parts are: ${[...parts.keys()].join(', ')}.` }
    const advice = (input && didYouMean(name, parts.keys())) || known
    report(declaration, { code: 'unknown_input', summary, path: 'ignoreChanges', ...advice }, ['ignoreChanges'])
    return undefined
  })
  return [...parts].map(([name, part]) => ({
    ...part,
    ignoreChanges: (ignored.get(name) ?? []).map((text) => text.slice(name.length + 1)),
  }))
}

/** The tree with what stands at these paths concealed; as a whole, where it is not known yet what is there. */
const concealed = (tree: unknown, paths: readonly Path[]): unknown => paths.reduce(concealedAt, tree)

function concealedAt(node: unknown, [step, ...rest]: Path): unknown {
  if (node === undefined) return undefined
  if (step === undefined || expressionOf(node)) return conceal(node)
  const deeper = (item: unknown, key: string | number) =>
    step === '*' || step === key ? concealedAt(item, rest) : item
  if (Array.isArray(node)) return node.map(deeper)
  if (!isObject(node)) return node
  return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, deeper(item, key)]))
}

/** Puts values in place of refs to attributes of composites, which may stand for one another. */
function createValues(composites: ReadonlyMap<string, Expanded>, onCircle: (circle: string[]) => void) {
  const known = new Map<string, unknown>()
  const underWay: string[] = []
  return valuesIn

  function valuesIn(tree: unknown): unknown {
    let mentioned = false
    visitExpressions(tree, (body) => {
      mentioned ||= body.kind === 'ref' && composites.has(body.address)
    })
    if (!mentioned) return tree
    return replaceRefs(tree, ({ address, path: [name, ...inside], target }) =>
      composites.has(address)
        ? valueInside(attributeOf(address, String(name)), inside)
        : makeRef(address, [name!, ...inside], target),
    )
  }

  function attributeOf(address: string, name: string): unknown {
    const id = `${address}.${name}`
    if (known.has(id)) return known.get(id)
    if (underWay.includes(id)) {
      onCircle([...underWay.slice(underWay.indexOf(id)), id].map((one) => one.split('.')[0]!))
      return UNKNOWN
    }
    underWay.push(id)
    const attributes = composites.get(address)?.attributes
    const value = attributes ? valuesIn(attributes[name]) : UNKNOWN
    underWay.pop()
    known.set(id, value)
    return value
  }
}

/** What lies deeper in a value, which may be an expression. */
function valueInside(value: unknown, path: Path): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  const body = expressionOf(value)
  if (body?.kind === 'unknown') return value
  if (body?.kind === 'concealed') return conceal(valueInside(body.value, path))
  if (body?.kind === 'ref') return makeRef(body.address, [...body.path, ...path], body.target)
  if (body || typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return valueInside((value as Record<string | number, unknown>)[step], rest)
}
