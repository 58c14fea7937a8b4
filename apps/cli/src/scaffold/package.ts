import type { Blank } from './scaffold.ts'

/** The command, and the packages that the config names. */
export const packagesOf = ({ docker }: Blank, { typescript }: { typescript: boolean }): string[] => [
  ...(typescript ? ['@lares/core'] : []),
  docker ? '@lares/plugin-docker' : '@lares/plugin-host',
  'lares',
]

export function packageJson(blank: Blank): string {
  const { name, range } = blank
  const dependencies = Object.fromEntries(packagesOf(blank, { typescript: true }).map((found) => [found, range]))
  return `${JSON.stringify({ name: name.toLowerCase(), private: true, type: 'module', dependencies }, null, 2)}\n`
}

export const gitignore = `node_modules/
# The key of the lab. Back it up elsewhere: with it, secrets in the state can be compared and opened.
.lares/key
.lares/lock*
`
