#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence and not a syntax error.
import * as module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 18)) {
  // Node's own choice is a folder in /tmp, which another user of the machine may have made first; what lies there is run.
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lares', 'compiled'))
  await import('../dist/main.js')
} else {
  process.stderr.write(
    `lares needs Node 22.18 or newer, and this is ${process.versions.node}: see https://nodejs.org\n`,
  )
  process.exitCode = 1
}
