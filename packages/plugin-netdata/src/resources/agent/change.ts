import { type CreateContext, fail, formatPath, type Owner } from '@lares/core'
import { type Host, HostError, installProgram, isHostError } from '@lares/transport'
import {
  type AgentPlace,
  type AgentVersion,
  type ConfMark,
  confMark,
  connectAgent,
  controlInstallation,
  findInstallation,
  formatMarkedConf,
  formatVersion,
  type Installation,
  LEAVING,
  netdataConf,
  whatIsTooOld,
} from '../../client/index.ts'
import { type Inputs, optionsOf } from './inputs.ts'
import { type Attributes, attributesOf } from './state.ts'

/** What was there before the lab's own file. */
const BEFORE = 'netdata.conf.before-lares'
const OPT_OUT = '.opt-out-from-anonymous-statistics'
const PACKAGES = { program: 'netdata', apt: 'netdata', dnf: 'netdata', apk: 'netdata' }

/** Throws a diagnostic for each option that an agent of this version does not know. */
export function refuseTooOld(inputs: Inputs, version: AgentVersion): void {
  const [first] = whatIsTooOld(optionsOf(inputs), version)
  if (!first) return
  fail({
    code: 'agent_too_old',
    path: formatPath(first.path),
    summary: `Netdata ${formatVersion(version)} is too old for it: it needs ${first.needs}`,
    advice: 'Leave the option out, or install a newer Netdata.',
  })
}

type Context = Pick<CreateContext<Inputs, Host>, 'connection' | 'inputs' | 'owner' | 'signal' | 'log'>

/** Brings an agent about: installed, with this configuration, running. A configuration that it can't run with is taken back. */
export async function bringAbout({ connection: host, inputs, owner, signal, log }: Context): Promise<Attributes> {
  const { container } = inputs
  const first = await findInstallation(host, container, signal)
  if (!first && container !== undefined)
    throw new HostError('not_found', `${host.description}: there is no container ${container}`)
  if (!first) {
    log('installing netdata')
    await installProgram(host, PACKAGES, signal)
  }
  const found = first ?? (await existing(host, container, signal))
  const running = found.version ? found : await started(host, inputs, found, signal)
  const version = running.version!
  refuseTooOld(inputs, version)
  const mark = markOf(running, owner, first)
  const cloned = mark.machine !== running.machine
  const text = formatMarkedConf({ ...mark, machine: running.machine }, netdataConf(optionsOf(inputs), version))
  const changed = running.conf !== text
  const isTold = await setTelemetry(host, running, inputs.telemetry, signal)
  if (cloned) await host.exec(['rm', '-f', '--', `${running.lib}/registry/netdata.public.unique.id`], { signal })
  if (changed) await writeConf(host, running, text, signal)
  if (!running.enabled) await controlInstallation(host, container, 'enable', signal)
  if (changed || cloned || isTold || !running.running || !running.loaded) {
    const { address, port } = attributesOf({ ...running, conf: text }, container)!
    try {
      await restart(host, { ...placeIn(running, container), address, port }, signal)
    } catch (error) {
      if (changed && (isHostError(error, 'command_failed') || isHostError(error, 'timeout')))
        await goBack(host, inputs, running, error, signal)
      throw error
    }
  }
  if (running.leaving !== undefined) await forget(host, running, signal)
  return attributesOf(await existing(host, container, signal), container)!
}

/** The agent was started since its former file went. */
const forget = (host: Host, { config }: Installation, signal: AbortSignal) =>
  host.exec(['rm', '-f', '--', `${config}/${LEAVING}`], { signal })

/** Without an address it has no API to wait for. */
const placeIn = ({ config, lib }: Installation, container: string | undefined): AgentPlace => ({
  ...{ container, config, lib, port: 0 },
})

async function restart(host: Host, place: AgentPlace, signal: AbortSignal): Promise<void> {
  const agent = connectAgent(host, place)
  try {
    await agent.restart(signal)
  } finally {
    agent.close()
  }
}

async function existing(host: Host, container: string | undefined, signal: AbortSignal): Promise<Installation> {
  const found = await findInstallation(host, container, signal)
  if (!found) throw new HostError('not_found', `${host.description}: Netdata is gone`)
  return found
}

/** A container has to run to tell its version. */
async function started(host: Host, { container }: Inputs, found: Installation, signal: AbortSignal) {
  await restart(host, placeIn(found, container), signal)
  return await existing(host, container, signal)
}

function markOf({ machine, ...found }: Installation, owner: Owner, first: Installation | null): ConfMark {
  const { running, enabled } = first ?? { running: false, enabled: false }
  const before = { running, enabled, private: found.private }
  return { ...{ machine, before }, ...lastMark(found), owner }
}

/** Of the file that is there, or of the one that is going. */
const lastMark = ({ conf = '', leaving = '' }: Pick<Installation, 'conf' | 'leaving'>): ConfMark | undefined =>
  confMark(conf) ?? confMark(leaving)

async function writeConf(host: Host, { config, conf }: Installation, text: string, signal: AbortSignal): Promise<void> {
  const path = `${config}/netdata.conf`
  if (conf !== undefined && !confMark(conf))
    await host.exec(['cp', '-p', '--', path, `${config}/${BEFORE}`], { signal })
  await host.writeFile(path, text, { mode: 0o644, signal })
}

/** Whether it was otherwise. */
async function setTelemetry(host: Host, found: Installation, wanted: boolean, signal: AbortSignal) {
  const path = `${found.config}/${OPT_OUT}`
  if (found.private && wanted) await host.exec(['rm', '-f', '--', path], { signal })
  else if (!found.private && !wanted) await host.writeFile(path, '', { mode: 0o644, signal })
  return found.private === wanted
}

/** The file as it was, and the agent with it. What becomes of that is no news: the first error is. */
async function goBack(
  host: Host,
  inputs: Inputs,
  before: Installation,
  error: HostError,
  signal: AbortSignal,
): Promise<never> {
  const { config, conf } = before
  const path = `${config}/netdata.conf`
  if (conf === undefined) await host.exec(['rm', '-f', '--', path], { signal })
  else await host.writeFile(path, conf, { mode: 0o644, signal })
  const had = attributesOf(before, inputs.container)
  const place = { ...placeIn(before, inputs.container), address: had?.address, port: had?.port ?? 0 }
  const isBack =
    before.running &&
    (await restart(host, place, signal).then(
      () => true,
      () => false,
    ))
  throw new HostError('command_failed', error.message, {
    ...{ detail: error.detail, cause: error },
    advice: isBack
      ? 'It runs again with the configuration that it had.'
      : `Its configuration is again what it was; it ${before.running ? 'still does not answer' : 'did not run before'}.`,
  })
}

/** `$1` folder, `$2` netdata.conf, `$3` where ours goes, `$4` what was there before. */
const RESTORE = `set -e
cd "$1"
[ -e "$3" ] || mv -f "$2" "$3"
[ ! -e "$4" ] || mv -f "$4" "$2"
`

/** What was there before the lab, running if it ran. A container is its maker's: only its configuration goes. */
export async function takeAway(host: Host, container: string | undefined, signal: AbortSignal): Promise<void> {
  const found = await findInstallation(host, container, signal)
  const mark = found && lastMark(found)
  if (!found || !mark) return
  // A run that was ended may have left both.
  if (confMark(found.conf ?? '') && found.leaving !== undefined) await forget(host, found, signal)
  // A container goes on with the agent's own; the host's agent is left as it was found.
  const staysUp = container !== undefined ? found.running : mark.before.running
  if (!mark.before.enabled) await controlInstallation(host, container, 'disable', signal)
  if (!staysUp && container === undefined) await controlInstallation(host, container, 'stop', signal)
  await setTelemetry(host, found, !mark.before.private, signal)
  await host.script(RESTORE, { args: [found.config, 'netdata.conf', LEAVING, BEFORE], signal })
  if (staysUp) await restart(host, placeIn(found, container), signal)
  await forget(host, found, signal)
}
