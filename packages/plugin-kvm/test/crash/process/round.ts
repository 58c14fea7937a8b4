import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run, Workspace } from '../../../../../e2e/crash/workspace.ts'
import { leaseOf, sshGuest } from '../../../../../e2e/rig/hypervisor.ts'
import { directory } from '../disks.ts'
import { observe } from '../reality.ts'
import type { Passage } from './passages.ts'

/** What the guest is given to keep. */
const DATA = 'the photos of the family'

export interface Round {
  /** False when the run ended without coming to its boundary. */
  struck: boolean
  boundaries: string[]
  problems: string[]
  ms: number
}

/** Runs a passage and kills it, runs it again, and looks whether everything is then as if it had never been killed. */
export async function playRound(workspace: Workspace, passage: Passage, boundary?: string): Promise<Round> {
  const began = performance.now()
  await workspace.want(passage.wanted)
  const runs: Run[] = [await workspace.lares(passage.command, boundary === undefined ? undefined : { boundary })]
  const { struck, boundaries } = runs[0]!
  const problems = struck ? await afterCrash(passage) : []
  if (struck) runs.push(await workspace.lares(passage.command))
  const { code } = runs.at(-1)!
  if (code === 0) {
    problems.push(...(await inTheEnd(passage)))
    const again = await workspace.lares(passage.plan)
    if (again.code !== 0) problems.push(`lares ${passage.plan.join(' ')}: exit code ${again.code}`)
    runs.push(again)
  } else problems.push(`lares ${passage.command.join(' ')}: exit code ${code}`)
  if (problems.length > 0) problems.push(...runs.map(({ output }, index) => `run ${index + 1}: ${output}`))
  return { struck, boundaries, problems, ms: performance.now() - began }
}

/** Two at once, or data that is gone. */
async function afterCrash({ name }: Passage): Promise<string[]> {
  const { guests, processes, volumes } = await observe()
  const problems = guests.size > 1 || processes > 1 ? [`${guests.size} guests, ${processes} of them run`] : []
  const keeps = name === 'change' || name === 'replace'
  if (keeps && guests.size === 0) problems.push('there is no guest')
  if (keeps && !volumes.get('crash.guest.data.qcow2')?.content.includes(DATA)) problems.push('the data are gone')
  return problems
}

async function inTheEnd({ name, roots, wanted }: Passage): Promise<string[]> {
  const { guests, networks, pools, processes, volumes } = await observe()
  const names = [...volumes.keys()].map((each) => each.replace(/\.until-\d+/, '.until')).sort()
  if (roots === 0) {
    // What was set aside is for its owner to remove.
    for (const each of volumes.keys()) if (each.includes('.until')) await rm(join(directory, each))
    const left = [
      ...guests.keys(),
      ...networks.keys(),
      ...names.filter((each) => !each.includes('.until')),
      ...[...pools.keys()].filter((each) => each === 'store'),
    ]
    return left.length > 0 || processes > 0 ? [`left: ${left.join(', ')}, ${processes} processes`] : []
  }
  const expected = ['data.qcow2', 'root.qcow2', ...(roots > 1 ? ['root.until.qcow2'] : []), 'seed.iso']
  const problems =
    [...guests.keys()].join() === 'guest' && processes === 1 ? [] : [`${[...guests.keys()]} and ${processes} processes`]
  if (names.join() !== expected.map((each) => `crash.guest.${each}`).join()) problems.push(`volumes: ${names}`)
  const { vcpus, pending } = guests.get('guest') ?? {}
  if (vcpus !== wanted.vcpus || pending !== undefined) problems.push(`${vcpus} processors, mark: ${pending}`)
  const inside = await ask('nproc; head -c 24 /dev/vdb')
  if (name === 'create') await ask(`printf '${DATA}' > /dev/vdb; sync`)
  else if (inside !== `${wanted.vcpus}\n${DATA}`) problems.push(`the guest says: ${inside}`)
  return problems
}

async function ask(command: string): Promise<string> {
  const { stdout } = await sshGuest(await leaseOf('guest'), 'ops', command)
  return String(stdout).replaceAll('\0', '')
}
