// The boundaries of each call that changes a file of `.lares`.
import { relative, resolve } from 'node:path'
import { interceptFiles } from '../../packages/core/test/file-faults.ts'
import { cross, number, target } from './crossing.ts'

const folder = resolve('.lares')

/** Names that are made up for one run are all the same to a boundary. */
const role = (file: string): string =>
  file.replace(/[0-9a-f]{12,}/g, '{id}').replace(/\d+\.json$/, '{serial}.json') || '.'

await interceptFiles(async ({ name, file, proceed, half }) => {
  const path = relative(folder, resolve(file))
  if (path.startsWith('..')) return await proceed()
  const call = number(`${name} ${role(path)}`)
  cross(`${call} before`)
  if (target === `${call} half`) await half()
  if (name === 'write' || name === 'writeFile') cross(`${call} half`)
  const result = await proceed()
  cross(`${call} after`)
  return result
})
