import { type Change, equal, isUnknown, type Path, parsePath } from '@lares/core'
import type { Body, Item } from '../client/index.ts'

/** How an input stands in the API, where that is not the same value under the same name in snake case. */
export interface Field {
  wire?: string
  write?(value: never): unknown
  read?(value: never): unknown
  /** The same text for values that mean the same. */
  text?(value: never): string
  /** It is a list: the same text for members that mean the same. */
  member?(value: never): string
  /** Compared also when the user said nothing: its default is part of what the object is for. */
  always?: boolean
  /** The list has an order that matters. */
  ordered?: boolean
}

/** For each input that the API keeps. */
export type Fields = Readonly<Record<string, Field>>

type Tree = Readonly<Record<string, unknown>>

export const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isUnknown(value)

/** What the API writes where nothing was said: null, "", [], {} and false are one to it. */
export const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isTree(value) && Object.values(value).every(isBlank))

export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const renamed = (value: unknown, rename: (name: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename))
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([name, each]) => [rename(name), renamed(each, rename)]),
  )
}

const wireName = (name: string, { wire }: Field): string => wire ?? snakeCase(name)
const written = (value: unknown, { write }: Field): unknown =>
  write ? write(value as never) : renamed(value, snakeCase)

/** An object of the API in our words, without what says nothing. */
export function readFields(fields: Fields, item: Item): Record<string, unknown> {
  const entries = Object.entries(fields).flatMap(([name, field]): [string, unknown][] => {
    const value = item[wireName(name, field)]
    if (isBlank(value)) return []
    return [[name, field.read ? field.read(value as never) : withoutNulls(renamed(value, camelCase))]]
  })
  return Object.fromEntries(entries)
}

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]])),
  )
}

/** All inputs that have a value, for the API. */
export function writeFields(fields: Fields, inputs: Tree): Record<string, unknown> {
  const said = Object.entries(fields).filter(([name]) => inputs[name] !== undefined)
  return Object.fromEntries(said.map(([name, field]) => [wireName(name, field), written(inputs[name], field)]))
}

/** What the API has, changed where the inputs differ: what others have set besides stays as it is. */
export function changeFields(fields: Fields, item: Tree, inputs: Tree, changes: readonly Change[]): Body {
  const body: Record<string, unknown> = { ...item }
  for (const { path } of changes) {
    const [root, ...rest] = parsePath(path)
    const field = fields[String(root)]
    if (!field) continue
    const name = wireName(String(root), field)
    const value = inputs[String(root)]
    if (rest.length === 0 || field.write || !isTree(body[name])) {
      if (value === undefined) delete body[name]
      else body[name] = written(value, field)
      continue
    }
    body[name] = withLeaf(body[name] as Tree, rest, value)
  }
  return body
}

/** A copy of what the API has, with one leaf as it is wanted, or without it. */
function withLeaf(tree: Tree, [step, ...rest]: Path, wanted: unknown): Tree {
  const name = snakeCase(String(step))
  const value = isTree(wanted) ? wanted[String(step)] : undefined
  const inner = tree[name]
  if (rest.length > 0 && isTree(inner)) return { ...tree, [name]: withLeaf(inner, rest, value) }
  const { [name]: _, ...others } = tree
  return value === undefined ? others : { ...others, [name]: renamed(value, snakeCase) }
}

/** What is observed, written as the user wrote it wherever that means the same. */
export function asWritten(fields: Fields, observed: Tree, ...inputs: readonly (Tree | undefined)[]): Tree {
  const same: Record<string, unknown> = {}
  for (const tree of inputs.toReversed())
    for (const [name, value] of Object.entries(tree ?? {})) {
      if (!(name in fields)) continue
      const other = alike(value, observed[name], fields[name]!)
      if (other !== undefined) same[name] = other.value
    }
  return { ...observed, ...same }
}

/** Undefined where they differ; for trees, with the leaves that are alike. */
function alike(
  written: unknown,
  observed: unknown,
  { text, member, ordered = false }: Field,
): { value: unknown } | undefined {
  if (isBlank(written) && isBlank(observed)) return { value: written }
  if (text && !isUnknown(written) && observed !== undefined)
    return text(written as never) === text(observed as never) ? { value: written } : undefined
  if (member) return sameList(written, observed, member, ordered) ? { value: written } : undefined
  if (!isTree(written)) return undefined
  const tree = isTree(observed) ? observed : {}
  const inner = Object.entries(written).flatMap(([name, value]) => {
    const other = alike(value, tree[name], {})
    return other ? [[name, other.value]] : []
  })
  return { value: { ...tree, ...Object.fromEntries(inner) } }
}

function sameList(one: unknown, other: unknown, member: (value: never) => string, ordered: boolean): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return false
  const keys = (list: readonly unknown[]) => {
    const all = list.map((each) => (isUnknown(each) ? UNTOLD : member(each as never)))
    return ordered ? all : [...new Set(all)].sort()
  }
  return equal(keys(one), keys(other)) && !keys(one).includes(UNTOLD)
}

const UNTOLD = 'unknown'
