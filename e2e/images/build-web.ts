import { buildWebRootfs } from './web.ts'

const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('Usage: build-web.ts DIRECTORY')
await buildWebRootfs(directory)
