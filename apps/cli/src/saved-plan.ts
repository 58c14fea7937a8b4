import { open, readFile, rename, rm } from 'node:fs/promises'
import { errorCode, fail, type Plan } from '@lares/core'
import type { PlanRequest } from './planning.ts'

/** A plan in a file, with what was asked for when it was made. */
export interface SavedPlan {
  lares: 'plan'
  version: 1
  request: PlanRequest
  plan: Plan
}

/** Writes the plan, readable by its owner alone. */
export async function savePlan(file: string, plan: Plan, request: PlanRequest): Promise<void> {
  const saved: SavedPlan = { lares: 'plan', version: 1, request, plan }
  const draft = `${file}.${process.pid}.tmp`
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(saved, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    fail({ code: 'plan_not_saved', summary: `The plan could not be written to ${file}: ${errorCode(error)}` }, error)
  }
}

/** Rejects with `plan_unreadable` for anything that "lares plan --out" did not write. */
export async function readPlan(file: string): Promise<SavedPlan> {
  const refuse = (why: string, error?: unknown): never =>
    fail(
      {
        code: 'plan_unreadable',
        summary: `${file} cannot be used: ${why}`,
        advice: 'Make one with: lares plan --out FILE',
      },
      error,
    )
  const text = await readFile(file, 'utf8').catch((error: unknown) =>
    refuse(errorCode(error) === 'ENOENT' ? 'there is no such file' : String(errorCode(error)), error),
  )
  let saved: Partial<SavedPlan> = {}
  try {
    saved = JSON.parse(text) as Partial<SavedPlan>
  } catch (error) {
    return refuse('it is no saved plan', error)
  }
  if (saved?.lares !== 'plan' || !saved.plan || !saved.request) return refuse('it is no saved plan')
  if (saved.version !== 1) return refuse(`it is of version ${saved.version}, which this lares does not know`)
  return saved as SavedPlan
}
