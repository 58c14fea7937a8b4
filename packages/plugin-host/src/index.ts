import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { command } from './resources/command.ts'
import { directory } from './resources/directory.ts'
import { file } from './resources/file.ts'
import { fileBlock } from './resources/file-block.ts'
import { fileLine } from './resources/file-line.ts'
import { group } from './resources/group.ts'
import { link } from './resources/link.ts'
import { machine } from './resources/machine.ts'
import { packageResource } from './resources/package.ts'
import { service } from './resources/service.ts'
import { user } from './resources/user.ts'

export { connectHost, type Host } from '@lares/transport'
export * from './client/index.ts'

export default definePlugin({
  name: 'host',
  package: manifest.name,
  version: manifest.version,
  resources: {
    machine,
    command,
    directory,
    file,
    fileBlock,
    fileLine,
    group,
    link,
    package: packageResource,
    service,
    user,
  },
})
