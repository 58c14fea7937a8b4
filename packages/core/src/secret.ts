import { createHmac } from 'node:crypto'
import type { z } from 'zod'
import { type Expression, encodeTree, expressionOf, makeSecret, type SecretLeaf, type SecretSource } from './ref.ts'
import { equal, formatPath, isObject, type Json, type JsonObject, mapTree, type Path, valueAt } from './value.ts'

/** A string that appears in no plan, log, event, error, argv or plain state. It is read when it is needed. */
export const secret = {
  /** From an environment variable. */
  env: (name: string): Expression<string> => makeSecret({ env: name }),
  /** From a file, relative to the config; `~` is the home directory. One trailing newline is dropped. */
  file: (path: string): Expression<string> => makeSecret({ file: path }),
  /** From the standard output of a program. One trailing newline is dropped. */
  command: (program: string, ...args: string[]): Expression<string> => makeSecret({ command: [program, ...args] }),
}

/** Marks an input or attribute as secret, whatever its value comes from. */
export const sensitive = <T extends z.ZodType>(schema: T): T => schema.meta({ ...schema.meta(), secret: true }) as T

/** Reads a secret from where it is kept. Rejects with a diagnostic that names the source, never the value. */
export type SecretReader = (source: SecretSource, signal: AbortSignal) => Promise<string>

/** The lab's own key: tells equal secrets without keeping them, and seals those that must be kept. */
export interface LabKey {
  hmac(text: string): string
  seal(text: string): Promise<string>
  unseal(sealed: string): Promise<string>
}

/** A LabKey from 32 random bytes as base64url. */
export function labKey(key: string): LabKey {
  return {
    hmac: (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, 32),
    async seal(text) {
      const { Encrypter } = await import('age-encryption')
      const encrypter = new Encrypter()
      encrypter.setScryptWorkFactor(2) // the passphrase is 256 random bits: stretching it would only cost time
      encrypter.setPassphrase(key)
      return Buffer.from(await encrypter.encrypt(text)).toString('base64')
    },
    async unseal(sealed) {
      const { Decrypter } = await import('age-encryption')
      const decrypter = new Decrypter()
      decrypter.addPassphrase(key)
      return await decrypter.decrypt(Buffer.from(sealed, 'base64'), 'text')
    },
  }
}

export const MASK = '(secret)'

/** Knows every secret value of a run and takes it out of text and data. */
export class Redactor {
  readonly #values = new Set<string>()
  #pattern: RegExp | undefined

  add(value: unknown): void {
    // Values this short stand in ordinary words; they are hidden at their own paths only.
    if (typeof value !== 'string' || value.length < 4) return
    for (const line of [value, ...value.split(/\r?\n/).filter((line) => line.length >= 16)]) {
      for (const form of formsOf(line)) this.#values.add(form)
    }
    this.#pattern = undefined
  }

  text(text: string): string {
    if (this.#values.size === 0) return text
    if (!this.#pattern) {
      const longestFirst = [...this.#values].sort((a, b) => b.length - a.length)
      this.#pattern = new RegExp(
        longestFirst.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
        'g',
      )
    }
    return text.replace(this.#pattern, MASK)
  }

  /** True when a secret stands in the text; with `length`, one that is at least so long in some form. */
  finds(text: string, length = 0): boolean {
    if (this.text(text) === text) return false
    return length === 0 || [...this.#values].some((value) => value.length >= length && text.includes(value))
  }

  /** A copy with every string in it redacted. The same object when there are no secrets. */
  tree<T>(tree: T): T {
    if (this.#values.size === 0) return tree
    return mapTree(tree, (node) => (typeof node === 'string' ? this.text(node) : expressionOf(node) && node)) as T
  }
}

/** As it is, and as it stands in JSON, in a shell's quotes, in a URL and in base64. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    text.replaceAll("'", `'\\''`),
    encodeURIComponent(bytes.toString()),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ]
}

/** A secret as state records it: comparable, and with the way to get it again where there is one. */
export interface RecordedSecret {
  $lares: 'secret'
  hmac: string
  source?: Json
}

/** Data as it may be recorded: secret leaves become their HMAC and source. */
export function recordTree(tree: unknown, secrets: readonly SecretLeaf[], key: LabKey, redactor: Redactor): Json {
  if (secrets.length === 0) return redactor.tree(tree) as Json
  const leaves = new Map(secrets.map((leaf) => [formatPath(leaf.path), leaf]))
  return mapTree(tree, (node, path) => {
    const leaf = leaves.get(formatPath(path))
    if (leaf && node !== undefined) return recordedSecret(node, key, leaf.source)
    return typeof node === 'string' ? redactor.text(node) : expressionOf(node) && node
  }) as Json
}

/** A secret that is shorter may well be an ordinary word: what is written in plain beside it is not taken for it. */
const TELLING = 8

/**
 * Inputs as they may be recorded. They are compared and used again, so a string with a secret in it becomes an HMAC as a
 * whole; but what the user wrote in plain stays as it is when only a short secret, such as `admin` or `8080`, is found in it.
 */
export function recordInputs(
  inputs: Record<string, unknown>,
  written: Record<string, unknown>,
  secrets: readonly SecretLeaf[],
  key: LabKey,
  redactor: Redactor,
): JsonObject {
  const leaves = new Map(secrets.map((leaf) => [formatPath(leaf.path), leaf]))
  return mapTree(inputs, (node, path) => {
    const leaf = leaves.size > 0 ? leaves.get(formatPath(path)) : undefined
    if (leaf && node !== undefined) return recordedSecret(node, key, leaf.source)
    if (typeof node !== 'string') return expressionOf(node) && node
    const isPlain = valueAt(written, path) === node
    return redactor.finds(node, isPlain ? TELLING : 0) ? recordedSecret(node, key) : node
  }) as JsonObject
}

/** Digests as they may be recorded: a short secret that happens to stand in one is a coincidence. */
export const recordPrepared = (prepared: Json, redactor: Redactor): Json =>
  mapTree(prepared, (node) =>
    typeof node === 'string' && redactor.finds(node, TELLING) ? redactor.text(node) : undefined,
  ) as Json

const recordedSecret = (value: unknown, key: LabKey, source?: Json): RecordedSecret => ({
  $lares: 'secret',
  hmac: key.hmac(hmacText(value)),
  ...(source === undefined ? {} : { source }),
})

const hmacText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(encodeTree(value)))

export const isRecordedSecret = (value: unknown): value is RecordedSecret =>
  isObject(value) && value['$lares'] === 'secret' && typeof value['hmac'] === 'string'

/** Where in a recorded tree there are secrets. */
export function recordedSecretPaths(tree: unknown, path: Path = [], found: Path[] = []): Path[] {
  if (isRecordedSecret(tree)) found.push(path)
  else if (Array.isArray(tree)) tree.forEach((item, i) => recordedSecretPaths(item, [...path, i], found))
  else if (isObject(tree)) for (const key in tree) recordedSecretPaths(tree[key], [...path, key], found)
  return found
}

/** Compares a value that is at hand with a recorded one, which may be a secret's HMAC. */
export const sameAsRecorded = (value: unknown, recorded: unknown, key: LabKey): boolean | undefined =>
  isRecordedSecret(recorded) ? value !== undefined && recorded.hmac === key.hmac(hmacText(value)) : undefined

/** Compares data that is at hand with recorded data, in which there may be secrets' HMACs. */
export function equalsRecorded(value: unknown, recorded: unknown, key: LabKey): boolean {
  const same = sameAsRecorded(value, recorded, key)
  if (same !== undefined) return same
  if (value === recorded) return true
  if (!Array.isArray(value) || !Array.isArray(recorded)) {
    if (!isObject(value) || !isObject(recorded)) return equal(value, recorded)
    const keys = new Set([...Object.keys(value), ...Object.keys(recorded)])
    return [...keys].every((name) => equalsRecorded(value[name], recorded[name], key))
  }
  return value.length === recorded.length && value.every((item, i) => equalsRecorded(item, recorded[i], key))
}

/** The concrete paths in `tree` that match schema paths, in which `*` stands for any key or index. */
export function expandPaths(tree: unknown, patterns: readonly Path[]): Path[] {
  const found: Path[] = []
  const walk = (value: unknown, pattern: Path, path: Path): void => {
    const [step, ...rest] = pattern
    if (step === undefined) {
      if (value !== undefined) found.push(path)
    } else if (step !== '*') walk(valueAt(value, [step]), rest, [...path, step])
    else if (Array.isArray(value)) value.forEach((item, i) => walk(item, rest, [...path, i]))
    else if (isObject(value)) for (const key in value) walk(value[key], rest, [...path, key])
  }
  for (const pattern of patterns) walk(tree, pattern, [])
  return found
}
