#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence and not a syntax error.
import * as module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 18)) {
  module.enableCompileCache()
  await import('../dist/main.js')
} else {
  process.stderr.write(
    `lares needs Node 22.18 or newer, and this is ${process.versions.node}: see https://nodejs.org\n`,
  )
  process.exitCode = 1
}
