#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence and not a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 18)) {
  keepCompiled()
  await import('../dist/main.js')
} else {
  process.stderr.write(
    `lares needs Node 22.18 or newer, and this is ${process.versions.node}: see https://nodejs.org\n`,
  )
  process.exitCode = 1
}

/** Node's own choice is a folder in /tmp, which another user of the machine may have made first; what lies there is run. */
function keepCompiled() {
  // An import of a part of Node costs a millisecond more: it wraps all that the part exports.
  const [{ existsSync, mkdirSync }, { enableCompileCache }, { homedir }, { join }] = ['fs', 'module', 'os', 'path'].map(
    (name) => process.getBuiltinModule(`node:${name}`),
  )
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const folder = join(cache, 'lares', 'compiled')
  try {
    // One by one: with `recursive`, Node 24 goes round for ever where a file system (/proc, autofs) takes no directory.
    for (const path of [cache, join(cache, 'lares'), folder]) if (!existsSync(path)) mkdirSync(path, { mode: 0o700 })
    enableCompileCache(folder)
  } catch {
    // Without a home that can be written to, each start compiles anew.
  }
}
