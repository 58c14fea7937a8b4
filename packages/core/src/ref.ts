import { fail } from './diagnostics.ts'
import { formatPath, isObject, type Json, mapTree, type Path, parsePath } from './value.ts'

// Registered symbols, because a lab and its plugins may carry two copies of core.
export const EXPRESSION: unique symbol = Symbol.for('lares.expression') as never
declare const TYPE: unique symbol

export type SecretSource = { env: string } | { file: string } | { command: string[] }

/** What may stand in place of a value until it is known. */
export type ExpressionBody =
  | { kind: 'ref'; address: string; path: Path; target?: unknown }
  | { kind: 'interpolation'; parts: readonly (string | Expression<unknown>)[] }
  | { kind: 'secret'; source: SecretSource }
  | { kind: 'concealed'; value: unknown }
  | { kind: 'unknown' }

/** A value of type T that is computed later: a ref, an interpolated string, a secret. */
export interface Expression<T> {
  readonly [EXPRESSION]: ExpressionBody
  readonly [TYPE]?: () => T
}

/** A pointer to another resource's attribute. Properties of it are refs to what lies deeper. */
export type Ref<T> = Expression<T> &
  (NonNullable<T> extends readonly (infer U)[]
    ? { readonly [index: number]: Ref<U> }
    : NonNullable<T> extends object
      ? { readonly [K in keyof NonNullable<T>]: Ref<NonNullable<T>[K]> }
      : unknown)

/** T, or something that gives a T later, at every leaf. */
export type Input<T> =
  | Expression<T>
  | (T extends readonly (infer U)[] ? readonly Input<U>[] : T extends object ? { [K in keyof T]: Input<T[K]> } : T)

export const expressionOf = (value: unknown): ExpressionBody | undefined =>
  typeof value === 'object' && value !== null ? (value as Partial<Expression<unknown>>)[EXPRESSION] : undefined

/** A copy of `under` with everything that is there in `over`; an undefined property is not there. What is not known yet hides all. */
export function overlay(under: unknown, over: unknown): unknown {
  if (over === undefined) return under
  if (!isObject(under) || !isObject(over) || expressionOf(over)) return over
  const copy: Record<string, unknown> = { ...over }
  for (const key of Object.keys(under)) copy[key] = overlay(under[key], over[key])
  return copy
}

const misuse = (what: string) =>
  fail({
    code: 'ref_as_value',
    summary: `${what} is not known yet and was used as if it were a plain value`,
    advice: 'Pass it to an input as it is, or build a string with interpolate`http://${ref}/`.',
  })

export function describeExpression(body: ExpressionBody): string {
  if (body.kind === 'ref') return `\${${body.address}.${formatPath(body.path)}}`
  if (body.kind === 'secret') return `\${secret.${Object.entries(body.source).flat(2).join('.')}}`
  if (body.kind === 'concealed') return '(secret)'
  if (body.kind === 'unknown') return '(unknown)'
  return body.parts.map((part) => (typeof part === 'string' ? part : describeExpression(part[EXPRESSION]))).join('')
}

const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never

/** Throws with advice when an expression is turned into a string or iterated by accident. One for all, because a lab has many. */
const guards: ProxyHandler<{ body: ExpressionBody }> = {
  get({ body }, key) {
    if (key === EXPRESSION) return body
    if (key === Symbol.toPrimitive || key === Symbol.iterator || key === 'toJSON' || key === 'toString') {
      return () => misuse(describeExpression(body))
    }
    if (typeof key === 'symbol' || key === 'then' || body.kind !== 'ref') return undefined
    return makeRef(body.address, [...body.path, /^(0|[1-9]\d*)$/.test(key) ? Number(key) : key], body.target)
  },
  has: (_, key) => key === EXPRESSION,
  ownKeys: () => [],
}

// Node's inspect looks behind the proxy for how to show it, and calls that on the proxy.
class Shown {
  readonly body: ExpressionBody

  constructor(body: ExpressionBody) {
    this.body = body
  }

  [INSPECT](): string {
    return describeExpression(expressionOf(this) ?? this.body)
  }
}

const guard = (body: ExpressionBody): Expression<never> =>
  new Proxy(new Shown(body), guards) as unknown as Expression<never>

export const makeRef = (address: string, path: Path, target?: unknown): Ref<never> =>
  guard({ kind: 'ref', address, path, ...(target === undefined ? {} : { target }) }) as Ref<never>

export const makeSecret = (source: SecretSource): Expression<string> => guard({ kind: 'secret', source })

/** A value, or an expression, that is secret because of where it is written or shown. */
export function conceal(value: unknown): Expression<never> {
  const kind = expressionOf(value)?.kind
  return kind === 'concealed' || kind === 'secret' ? (value as Expression<never>) : guard({ kind: 'concealed', value })
}

/** The value that is known only after apply. */
export const UNKNOWN: Expression<never> = guard({ kind: 'unknown' })
export const isUnknown = (value: unknown): boolean => expressionOf(value)?.kind === 'unknown'

/** A string made of text, refs and secrets: interpolate`http://${web.ip}:${port}/`. One secret in it makes all of it secret. */
export function interpolate(
  text: TemplateStringsArray,
  ...values: readonly (string | number | boolean | Expression<unknown>)[]
): Expression<string> {
  const parts: (string | Expression<unknown>)[] = []
  text.forEach((piece, i) => {
    if (piece !== '') parts.push(piece)
    const value = values[i]
    if (value !== undefined) parts.push(expressionOf(value) ? (value as Expression<unknown>) : String(value))
  })
  return guard({ kind: 'interpolation', parts })
}

export const makeInterpolation = (parts: readonly (string | Expression<unknown>)[]): Expression<string> =>
  guard({ kind: 'interpolation', parts })

/** True when an expression stands anywhere in the tree. */
export function containsExpression(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false
  if (expressionOf(tree)) return true
  if (Array.isArray(tree)) return tree.some(containsExpression)
  for (const key in tree) if (containsExpression((tree as Record<string, unknown>)[key])) return true
  return false
}

/** Calls `visit` for every ref and secret in the tree, and in what is concealed, with the path of the leaf that holds it. */
export function visitExpressions(
  tree: unknown,
  visit: (body: ExpressionBody, path: Path) => void,
  path: Path = [],
): void {
  if (typeof tree !== 'object' || tree === null) return
  const body = expressionOf(tree)
  if (body?.kind === 'interpolation') for (const part of body.parts) visitExpressions(part, visit, path)
  else if (body) {
    visit(body, path)
    if (body.kind === 'concealed') visitExpressions(body.value, visit, path)
  } else {
    for (const key in tree) {
      const item = (tree as Record<string, unknown>)[key]
      if (typeof item !== 'object' || item === null) continue
      visitExpressions(item, visit, [...path, Array.isArray(tree) ? Number(key) : key])
    }
  }
}

/** A copy of the tree in which `replace` stands for refs, also for those inside interpolations and in what is concealed. */
export function replaceRefs(
  tree: unknown,
  replace: (ref: Extract<ExpressionBody, { kind: 'ref' }>) => unknown,
): unknown {
  const replaced = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node
    const body = expressionOf(node)
    if (body?.kind === 'ref') return replace(body)
    if (body?.kind === 'concealed') return conceal(replaced(body.value))
    if (body?.kind === 'interpolation') {
      const parts = body.parts.map(replaced)
      return makeInterpolation(parts.map((part) => (expressionOf(part) ? (part as Expression<unknown>) : toText(part))))
    }
    if (body) return node
    if (Array.isArray(node)) return node.map(replaced)
    const entries = Object.entries(node).map(([key, item]) => [key, replaced(item)] as const)
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined))
  }
  return replaced(tree)
}

/** What a lookup knows of a ref or a secret: UNKNOWN, or a value and where in it secrets are. */
export interface Looked {
  value: unknown
  secretPaths?: readonly Path[]
}
export type Lookup = (body: Extract<ExpressionBody, { kind: 'ref' | 'secret' }>) => Looked

/** A leaf whose value is secret, and how to get that value again (absent for a literal). */
export interface SecretLeaf {
  path: Path
  source?: Json
}

export interface Resolved {
  /** Plain data, with UNKNOWN where a value is not known yet. */
  value: Record<string, unknown>
  secrets: SecretLeaf[]
  unknown: boolean
}

/** Replaces every expression in the tree by what `lookup` knows of it. What holds none is not copied. */
export function resolveTree(tree: Record<string, unknown>, lookup: Lookup): Resolved {
  const secrets: SecretLeaf[] = []
  let unknown = false
  const path: (string | number)[] = []
  const resolve = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node
    const body = expressionOf(node)
    if (body) return take(body)
    let copy: Record<string | number, unknown> | undefined
    for (const key of Object.keys(node)) {
      const item = (node as Record<string, unknown>)[key]
      if (typeof item !== 'object' || item === null) continue
      path.push(Array.isArray(node) ? Number(key) : key)
      const resolved = resolve(item)
      path.pop()
      if (resolved === item) continue
      copy ??= (Array.isArray(node) ? [...node] : { ...node }) as Record<string | number, unknown>
      if (resolved === undefined && !Array.isArray(node)) delete copy[key]
      else copy[key] = resolved
    }
    return copy ?? node
  }
  const take = (body: ExpressionBody): unknown => {
    const looked = look(body, lookup)
    if (containsExpression(looked.value)) unknown = true
    for (const deeper of looked.secretPaths ?? []) {
      const source = body.kind === 'ref' ? encodeBody({ ...body, path: [...body.path, ...deeper] }) : looked.source
      secrets.push({ path: [...path, ...deeper], ...(source === undefined ? {} : { source }) })
    }
    return looked.value
  }
  return { value: resolve(tree) as Record<string, unknown>, secrets, unknown }
}

function look(body: ExpressionBody, lookup: Lookup): Looked & { source?: Json } {
  if (body.kind === 'unknown') return { value: UNKNOWN }
  if (body.kind === 'secret') return { ...lookup(body), secretPaths: [[]], source: encodeBody(body) }
  if (body.kind === 'ref') return lookup(body)
  if (body.kind === 'concealed') return lookConcealed(body.value, lookup)
  let secret = false
  const parts: Json[] = []
  let text: string | undefined = ''
  for (const part of body.parts) {
    if (typeof part === 'string') {
      parts.push(part)
      if (text !== undefined) text += part
      continue
    }
    const looked = look(part[EXPRESSION], lookup)
    const known = !containsExpression(looked.value)
    const hidden = (looked.secretPaths?.length ?? 0) > 0
    secret ||= hidden
    parts.push(hidden || !known ? (looked.source ?? encodeBody(part[EXPRESSION])) : toText(looked.value))
    text = known && text !== undefined ? text + toText(looked.value) : undefined
  }
  const value = text === undefined ? UNKNOWN : text
  return secret ? { value, secretPaths: [[]], source: { $lares: 'interpolation', parts } } : { value }
}

function lookConcealed(tree: unknown, lookup: Lookup): Looked & { source?: Json } {
  const { value, secrets } = resolveTree({ value: tree }, lookup)
  const source = secrets.find(({ path }) => path.length === 1)?.source
  return { value: value['value'], secretPaths: [[]], ...(source === undefined ? {} : { source }) }
}

const toText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** An expression as plain data, for state and saved plans: `{ $lares: 'ref', … }`. */
export function encodeBody(body: ExpressionBody): Json {
  switch (body.kind) {
    case 'ref':
      return { $lares: 'ref', address: body.address, path: formatPath(body.path) }
    case 'secret':
      return { $lares: 'secret', source: body.source }
    case 'concealed':
    case 'unknown':
      return { $lares: 'unknown' }
    case 'interpolation':
      return {
        $lares: 'interpolation',
        parts: body.parts.map((part) => (typeof part === 'string' ? part : encodeBody(part[EXPRESSION]))),
      }
  }
}

export const encodeTree = (tree: unknown): Json =>
  mapTree(tree, (node) => {
    const body = expressionOf(node)
    return body && encodeBody(body)
  }) as Json

/** The inverse of `encodeTree`; a recorded secret becomes the expression that gives it again. */
export function decodeTree(tree: unknown): unknown {
  return mapTree(tree, (node) => (isObject(node) && typeof node['$lares'] === 'string' ? decodeNode(node) : undefined))
}

function decodeNode(node: Record<string, unknown>): unknown {
  if (node['$lares'] === 'ref') return makeRef(String(node['address']), parsePath(String(node['path'])))
  if (node['$lares'] === 'interpolation') {
    return makeInterpolation((node['parts'] as Json[]).map((part) => decodeTree(part) as string | Expression<unknown>))
  }
  if (node['$lares'] === 'secret' && isObject(node['source'])) {
    return '$lares' in node['source'] ? decodeNode(node['source']) : makeSecret(node['source'] as SecretSource)
  }
  return UNKNOWN
}

/** Parses `${name.path}`, `${secret.env.NAME}` and text around them; `$${` stands for a literal `${`. */
export function parseTemplate(text: string): string | Expression<unknown> {
  if (!text.includes('${')) return text
  const parts: (string | Expression<unknown>)[] = []
  let plain = ''
  const pattern = /\$\$\{|\$\{((?:"(?:[^"\\]|\\.)*"|[^"}])*)(\}?)/g
  let end = 0
  for (const match of text.matchAll(pattern)) {
    plain += text.slice(end, match.index)
    end = match.index + match[0].length
    if (match[1] === undefined) plain += '${'
    else {
      if (plain !== '') parts.push(plain)
      plain = ''
      parts.push(match[2] === '' ? badReference(match[1], text) : parseExpression(match[1].trim(), text))
    }
  }
  plain += text.slice(end)
  if (plain !== '') parts.push(plain)
  const only = parts[0]
  if (parts.length === 1 && only !== undefined) return only
  return parts.length === 0 ? '' : makeInterpolation(parts)
}

function parseExpression(text: string, whole: string): Expression<unknown> {
  const [, kind, rest] = /^secret\.(env|file|command)\.(.+)$/s.exec(text) ?? []
  if (kind === 'env') return makeSecret({ env: rest! })
  if (kind === 'file') return makeSecret({ file: rest! })
  if (kind === 'command') return makeSecret({ command: rest!.split(/\s+/) })
  const [, address, path] = /^([A-Za-z0-9_-]+)([.[].+)$/.exec(text) ?? []
  try {
    if (address !== undefined && address !== 'secret') return makeRef(address, parsePath(path!.replace(/^\./, '')))
  } catch {}
  return badReference(`${text}}`, whole)
}

const badReference = (text: string, whole: string): never =>
  fail({
    code: 'reference_syntax',
    summary: `"\${${text}" is no reference`,
    detail: `in "${whole}"`,
    advice:
      'Write ${name.attribute}, ${secret.env.NAME}, ${secret.file.PATH} or ${secret.command.PROGRAM}; $${ is a literal ${.',
  })
