const argv = process.argv.slice(2)

// Whoever read the output has gone (`lares plan | head`). An apply under way is worth more than its lines.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  process.stdout.write(`${version}\n`)
} else {
  // Planning thousands of resources leaves much garbage, which V8 would keep in 100 MB more without being quicker for it.
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
  const { run } = await import('./run.ts')
  const exitCode = await run(argv)
  // A connection that a plugin forgot must not keep the process alive; what was written must still arrive.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
}
