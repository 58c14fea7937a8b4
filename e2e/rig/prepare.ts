import { prepareArchive } from './archive.ts'
import { fetchCompose } from './compose.ts'
import { prepareGuestImages } from './guests.ts'
import { prepareContexts } from './images.ts'
import { installPackages, obstacle } from './packages.ts'

/**
 * Does what a rig needs the network for: packages, images and the Compose to compare with, all kept for the next time.
 * Returns what it installed; throws with the reason when this machine can't run the rig.
 */
export async function prepareRig(signal: AbortSignal): Promise<string[]> {
  const reason = await obstacle()
  if (reason !== undefined) throw new Error(reason)
  const installed = await installPackages(signal)
  await Promise.all([prepareContexts(signal), prepareArchive(signal), prepareGuestImages(signal)])
  if (await fetchCompose(signal)) installed.push('Docker Compose v2 (aside)')
  return installed
}

if (import.meta.main) {
  try {
    const installed = await prepareRig(AbortSignal.timeout(900_000))
    console.log(installed.length > 0 ? `installed ${installed.join(', ')}` : 'nothing to install')
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
