import { buildModel, type Diagnostic, type Engine, hasErrors, isLaresError, type Lab } from '@lares/core'
import { engineFor } from './engine.ts'
import { keyOrigin } from './key.ts'
import { type OpenLab, openLab } from './lab.ts'
import { count, elapsed } from './render/values.ts'
import { ownVersion } from './version.ts'

/** One thing that was looked at. `unsure`: it may be as it should, and may keep something from working. */
export interface Finding {
  about: string
  state: 'good' | 'bad' | 'unsure'
  summary: string
  diagnostics: readonly Diagnostic[]
}

interface DoctorInvocation {
  cwd: string
  env: NodeJS.ProcessEnv
  values: { config?: string | undefined; 'config-timeout'?: string | undefined }
}

const good = (about: string, summary: string): Finding => ({ about, state: 'good', summary, diagnostics: [] })

function bad(about: string, error: unknown): Finding {
  if (!isLaresError(error)) throw error
  const { diagnostics } = error
  return { about, state: 'bad', summary: diagnostics[0]?.summary ?? error.message, diagnostics }
}

/** Looks at everything that a run needs, the cheap things first. What builds on something broken is left out. */
export async function* examine(invocation: DoctorInvocation): AsyncGenerator<Finding> {
  yield good('lares', `${await ownVersion()} on Node ${process.versions.node}`)
  let opened: OpenLab
  try {
    opened = await openLab(invocation)
  } catch (error) {
    yield bad('config', error)
    return
  }
  const { lab, file } = opened
  const { model, diagnostics } = buildModel(lab)
  if (hasErrors(diagnostics)) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    yield { about: 'config', state: 'bad', summary: `${file} has ${count(errors.length, 'problem')}`, diagnostics }
  } else yield good('config', `${file}, ${count(model.resources.size, 'resource')}`)
  for (const { package: name, version, types } of lab.plugins) {
    yield good('plugin', `${name} ${version}, ${count(types.size, 'resource type')}`)
  }
  yield await examineState(opened)
  let engine: Engine
  try {
    engine = await engineFor(opened, { env: invocation.env })
  } catch (error) {
    yield bad('key', error)
    return
  }
  yield good('key', keyOrigin({ file: opened.keyFile, env: invocation.env }))
  if (!hasErrors(diagnostics)) yield* examineReach(engine, lab)
}

async function examineState({ store }: OpenLab): Promise<Finding> {
  try {
    const { version, serial, resources, kept } = await store.read()
    const session = await store.open('doctor')
    await session.close()
    const kinds = [count(Object.keys(resources).length, 'resource')]
    if (Object.keys(kept).length > 0) kinds.push(`${Object.keys(kept).length} kept`)
    return good('state', `${store.description}, format ${version}, serial ${serial}, ${kinds.join(', ')}, not locked`)
  } catch (error) {
    return bad('state', error)
  }
}

/** The connections, and what resources find around them. */
async function* examineReach(engine: Engine, lab: Lab): AsyncGenerator<Finding> {
  const told = new Set<string>()
  const { connections, resources } = await engine.probe(lab)
  for (const { provider, on = 'this machine', ok, ms, scope, diagnostics } of connections) {
    const about = `${provider} of ${on}`
    if (ok) yield good(about, `answers in ${elapsed(ms)}${scope === undefined ? '' : `, ${scope}`}`)
    else {
      // What runs over a connection that failed has nothing new to say.
      const fresh = diagnostics.filter((diagnostic) => !told.has(JSON.stringify(diagnostic)))
      for (const diagnostic of fresh) told.add(JSON.stringify(diagnostic))
      const summary = diagnostics.length > fresh.length ? 'the same as above' : diagnostics[0]?.summary
      yield { about, state: 'bad', summary: summary ?? 'does not answer', diagnostics: fresh }
    }
  }
  for (const { address, diagnostics } of resources)
    for (const diagnostic of diagnostics) {
      const state = diagnostic.severity === 'error' ? 'bad' : 'unsure'
      yield { about: address, state, summary: diagnostic.summary, diagnostics: [diagnostic] }
    }
}
