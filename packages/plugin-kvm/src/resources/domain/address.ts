import { fail, milliseconds } from '@lares/core'
import { all, get, type Libvirt, parseXml } from '../../client/index.ts'
import { addressOf, interfacesOf } from './devices/interface.ts'
import { addressesOf, type DomainFacts, readDomain } from './facts.ts'
import { expectRunning, pause } from './power.ts'
import type { DomainInputs } from './schema.ts'

interface AddressContext {
  connection: Libvirt
  address: string
  inputs: DomainInputs
  signal: AbortSignal
  log(message: string): void
}

const PAUSE = 1000
/** An agent that does not speak up within this time is not in the guest. */
const AGENT_MS = 60_000

/** Waits until a started guest has an address, where one can be seen; `former` leases don't count. What is known of it then. */
export async function awaitAddress(
  context: AddressContext,
  name: string,
  former: ReadonlySet<string>,
): Promise<DomainFacts> {
  const { connection, inputs, address, signal, log } = context
  const began = Date.now()
  const limit = milliseconds(inputs.addressTimeout)
  const leased = await leasesTo(connection, name, signal)
  for (let told = false; ; told = true) {
    const facts = await readDomain(connection, name, signal)
    if (!facts) return fail({ code: 'gone', address, summary: `${name} was removed while it started` })
    if (facts.state !== 'running') await expectRunning(context, name)
    if (inputs.ssh?.address !== undefined || addressesOf(facts, former).length > 0) return facts
    const macs = interfacesOf(facts.inactive).map(addressOf)
    if (macs.length === 0) return facts
    const waited = Date.now() - began
    if (leased.length === 0 && waited > Math.min(limit, AGENT_MS)) {
      log('no lease and no agent tells its address; say it with ssh: { address: … }')
      return facts
    }
    if (waited > limit)
      return fail({
        code: 'no_address',
        address,
        summary: `${name} runs, but asked for no address within ${inputs.addressTimeout}`,
        detail: `its interfaces: ${macs.join(', ')}; networks that lease addresses: ${leased.join(', ')}`,
        advice: `See what it says with: lares run ${address} console. Has its disk a system, and does that ask for addresses? More time: addressTimeout.`,
      })
    if (!told) log('waiting for its address')
    await pause(PAUSE, signal)
  }
}

/** Its networks that lease addresses. */
async function leasesTo(libvirt: Libvirt, name: string, signal: AbortSignal): Promise<string[]> {
  const domain = parseXml(await libvirt.virsh(['dumpxml', '--inactive', name], { signal }))
  const networks = interfacesOf(domain).flatMap((each) => get(each, 'source@network') ?? [])
  const answers = await libvirt.read(
    networks.map((network) => ['net-dumpxml', network]),
    signal,
  )
  return networks.filter((_, index) => {
    const answer = answers[index]
    return typeof answer === 'string' && all(parseXml(answer), 'ip/dhcp').length > 0
  })
}
