import type { Owner } from '@lares/core'
import * as z from 'zod'
import { confMark, formatVersion, type Installation, parseIni, webAddress } from '../../client/index.ts'

export const attributes = z.object({
  version: z.string().optional().describe('`1.37.1`; absent while its container does not run'),
  container: z.string().optional(),
  config: z.string().describe('The folder of its files, on the host'),
  lib: z.string().describe('The folder of its identity and keys, on the host'),
  address: z.string().optional().describe('Where the host reaches its API; absent when it has none'),
  port: z.int(),
  guid: z.string().optional().describe('What tells it from all other agents'),
  running: z.boolean(),
  enabled: z.boolean().describe('It starts with the host'),
  loaded: z.boolean().describe('It was started after its files were changed'),
  cloned: z.boolean().describe('Its identity was made on another machine'),
  telemetry: z.boolean(),
  settings: z.record(z.string(), z.record(z.string(), z.string())).describe('What netdata.conf says'),
  ignored: z.array(z.string()).describe('Lines of netdata.conf that it can make nothing of'),
  owner: z.object({ lab: z.string(), address: z.string() }).optional(),
})
export type Attributes = z.output<typeof attributes>

/** The key of the agent that the host's packages brought. */
const PACKAGES = 'packages'
export const identityOf = ({ container }: { container?: string | undefined }): string =>
  container === undefined ? PACKAGES : `container:${container}`
export const containerOf = (identity: string): string | undefined =>
  identity === PACKAGES ? undefined : identity.slice('container:'.length)

/** Null while its files are those of its package. */
export function attributesOf(found: Installation, container: string | undefined): Attributes | null {
  const { version, stock, machine, private: isPrivate, ...rest } = found
  const isLeaving = found.leaving !== undefined && !confMark(found.conf ?? '')
  const conf = (isLeaving ? found.leaving : found.conf) ?? ''
  const mark = confMark(conf)
  const { sections, ignored } = parseIni(conf)
  if (!mark && (stock || Object.keys(sections).length === 0)) return null
  const { address, port } = webAddress(sections)
  return {
    ...(version ? { version: formatVersion(version) } : {}),
    ...(container === undefined ? {} : { container }),
    ...(address === undefined ? {} : { address }),
    ...{ config: rest.config, lib: rest.lib, port },
    ...(rest.guid === undefined ? {} : { guid: rest.guid }),
    ...{ running: rest.running, enabled: rest.enabled, loaded: rest.loaded && !isLeaving },
    cloned: mark !== undefined && mark.machine !== machine,
    telemetry: !isPrivate,
    ...{ settings: sections, ignored: [...ignored] },
    ...(mark ? { owner: mark.owner satisfies Owner } : {}),
  }
}
