import { connectHost } from '@lares/transport'
import { connectLibvirt, type Libvirt } from '../../src/index.ts'

export type Command = readonly string[]

let opened: Promise<Libvirt> | undefined

async function libvirt(): Promise<Libvirt> {
  opened ??= connectHost().then((host) => connectLibvirt({ host }))
  return await opened
}

/** Runs commands of virsh, all in one process; what one of them refuses is only told. */
export const attempt = async (...commands: Command[]): Promise<(string | Error)[]> =>
  commands.length === 0 ? [] : await (await libvirt()).read(commands)

/** The same, where none may be refused. */
export async function virsh(...commands: Command[]): Promise<string[]> {
  const answers = await attempt(...commands)
  return answers.map((answer) => {
    if (typeof answer !== 'string') throw answer
    return answer
  })
}

export interface Names {
  guests: string[]
  networks: string[]
  pools: string[]
}

/** What there is. */
export async function namesOf(): Promise<Names> {
  const lists = await virsh(
    ['list', '--all', '--name'],
    ['net-list', '--all', '--name'],
    ['pool-list', '--all', '--name'],
  )
  const [guests = [], networks = [], pools = []] = lists.map((list) =>
    list.split('\n').flatMap((line) => line.trim() || []),
  )
  return { guests, networks, pools }
}

/** Removes everything; the files of pools stay. */
export async function empty(): Promise<void> {
  const { guests, networks, pools } = await namesOf()
  const traces = ['--managed-save', '--snapshots-metadata', '--nvram']
  await attempt(
    ...guests.flatMap((name) => [
      ['destroy', name],
      ['undefine', name, ...traces],
    ]),
    ...networks.flatMap((name) => [
      ['net-destroy', name],
      ['net-undefine', name],
    ]),
    ...pools.flatMap((name) => [
      ['pool-destroy', name],
      ['pool-undefine', name],
    ]),
  )
  const left = Object.values(await namesOf()).flat()
  if (left.length > 0) throw new Error(`could not be removed: ${left.join(', ')}`)
}
