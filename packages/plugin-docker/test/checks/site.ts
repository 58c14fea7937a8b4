import type { ApplyResult } from '@lares/core'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker from '../../src/index.ts'

const { images } = rig()
export const port = 18101
export const here = `http://127.0.0.1:${port}`

type Inputs = Parameters<typeof docker.container>[1]
export type Checks = NonNullable<Inputs['checks']>

/** The inputs of a container with a page that names its version, published on the loopback device only. `script` runs before it serves. */
export const siteInputs = (version: string, script = 'true') => ({
  image: images.busybox,
  command: [
    'sh',
    '-c',
    `mkdir /www; echo ${version} > /www/index.html; ${script}${script.endsWith('&') ? '' : ';'} exec httpd -f -p 80 -h /www`,
  ],
  ports: [`127.0.0.1:${port}:80`],
  mounts: ['checks-data:/data'],
  stopGracePeriod: '0s',
})

export const site = (
  version: string,
  { script, ...more }: { script?: string; checks?: Checks; on?: NonNullable<Inputs['on']> } = {},
) => docker.container('site', { ...siteInputs(version, script), ...more })

/** All that a run says of what went wrong. */
export const told = ({ diagnostics }: ApplyResult): string =>
  diagnostics.map(({ summary, detail, advice }) => [summary, detail, advice].join('\n')).join('\n')
