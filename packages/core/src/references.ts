import type { Declaration } from './declaration.ts'
import { type Diagnostic, type DiagnosticInput, didYouMean } from './diagnostics.ts'
import { acceptedProviders, type Provider } from './provider.ts'
import { visitExpressions } from './ref.ts'
import { keysAt, schemaAt } from './schema.ts'
import { formatPath, type Path, parsePath } from './value.ts'

/** Tells what is wrong with a declaration, or with the lab. */
export type Report = (declaration: Declaration | undefined, diagnostic: DiagnosticInput, path?: Path) => void

/** What may be pointed at. */
export type Declared = ReadonlyMap<string, Declaration>

export function reportAll(diagnostics: readonly Diagnostic[], declaration: Declaration, report: Report): void {
  for (const { severity: _, ...diagnostic } of diagnostics)
    report(declaration, diagnostic, diagnostic.path ? parsePath(diagnostic.path) : [])
}

/** Checks every ref in a tree, and answers the names that they refer to. */
export function checkRefs(tree: unknown, from: Declaration | undefined, declared: Declared, report: Report): string[] {
  const names = new Set<string>()
  visitExpressions(tree, (body, path) => {
    if (body.kind !== 'ref') return
    names.add(body.address)
    checkRef(body.address, body.path, from, path, declared, report)
  })
  return [...names]
}

/** Checks `on`, `dependsOn` and `movedFrom`; what is `present` may include what nobody may point at. */
export function checkPointers(declaration: Declaration, declared: Declared, report: Report, present = declared): void {
  for (const { address } of declaration.dependsOn) checkAddress(address, declaration, ['dependsOn'], declared, report)
  checkOn(declaration, declared, report)
  for (const former of declaration.movedFrom) {
    if (!present.has(former)) continue
    const summary = `movedFrom names "${former}", which is still a resource of its own`
    report(declaration, { code: 'moved_from_present', summary }, ['movedFrom'])
  }
}

function checkAddress(
  address: string,
  from: Declaration | undefined,
  path: Path,
  declared: Declared,
  report: Report,
): Declaration | undefined {
  const found = declared.get(address)
  if (!found) {
    report(
      from,
      {
        code: 'unknown_reference',
        summary: `There is no resource "${address}"`,
        path: formatPath(path),
        ...didYouMean(address, declared.keys()),
      },
      path,
    )
  }
  return found
}

function checkRef(
  address: string,
  path: Path,
  from: Declaration | undefined,
  at: Path,
  declared: Declared,
  report: Report,
): void {
  const target = checkAddress(address, from, at, declared, report)
  if (!target || schemaAt(target.type.attributes, path) !== undefined) return
  const parent = path.slice(0, -1)
  const names = keysAt(target.type.attributes, parent)
  report(
    from,
    {
      code: 'unknown_reference',
      summary: `"${address}" (${target.type.type}) has no attribute "${formatPath(path)}"`,
      path: formatPath(at),
      ...(didYouMean(String(path.at(-1)), names) ??
        (names.length > 0 ? { advice: `It has: ${names.join(', ')}.` } : {})),
    },
    at,
  )
}

function checkOn(declaration: Declaration, declared: Declared, report: Report): void {
  const { on, type } = declaration
  if (!on) {
    if (type.provider && !hasFallback(type.provider)) {
      report(declaration, {
        code: 'on_missing',
        summary: `"on" is missing: ${type.type} needs a resource that provides ${acceptedProviders(type.provider).join(' or ')}`,
      })
    }
    return
  }
  const target = checkAddress(on.address, declaration, ['on'], declared, report)
  if (!target) return
  if (!type.provider) {
    report(declaration, { code: 'on_invalid', summary: `${type.type} takes no "on"`, path: 'on' }, ['on'])
    return
  }
  const accepted = acceptedProviders(type.provider)
  const given = 'provides' in target.type ? target.type.provides?.provider.name : undefined
  if (given === undefined || !accepted.includes(given)) {
    report(
      declaration,
      {
        code: 'on_invalid',
        summary: `"${on.address}" (${target.type.type}) ${given ? `provides ${given}` : 'is no connection'}; ${type.type} needs ${accepted.join(' or ')}`,
        path: 'on',
      },
      ['on'],
    )
  }
}

const hasFallback = (provider: Provider): boolean =>
  provider.fallback !== undefined || (provider.over !== undefined && hasFallback(provider.over))
