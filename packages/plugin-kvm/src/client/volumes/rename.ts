import { LibvirtError } from '../error.ts'
import type { Libvirt } from '../virsh.ts'
import { get, parseXml } from '../xml.ts'
import type { Volume, VolumeKey } from './document.ts'
import { mustRead } from './read.ts'
import { refreshPool } from './refresh.ts'

/**
 * Renames a volume, which libvirt itself has no call for: its file, or its logical volume. Never over another one; done
 * again after an interruption, it goes on. It must not be attached to a running guest.
 */
export async function renameVolume(
  libvirt: Libvirt,
  key: VolumeKey,
  name: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Volume> {
  const { pool } = key
  const text = await libvirt.virsh(['pool-dumpxml', '--pool', pool], { signal })
  const xml = parseXml(text)
  const directory = get(xml, 'target/path') ?? ''
  const script = xml.attributes.type === 'logical' ? RENAME_LOGICAL : RENAME_FILE
  const group = get(xml, 'source/name') ?? ''
  const { exitCode, stdout, stderr } = await libvirt.host.script(`${script}${TELL}`, {
    args: [directory, key.name, name, group, libvirt.uri, pool],
    signal,
    reject: false,
  })
  if (exitCode === EXISTS) throw taken({ pool, name })
  if (exitCode !== 0)
    throw new LibvirtError('libvirt_error', `The volume "${key.name}" could not be renamed to "${name}"`, {
      detail: stderr,
    })
  if (stdout.trim() !== TOLD) await refreshPool(libvirt, pool, { signal })
  return await mustRead(libvirt, { pool, name }, signal)
}

const EXISTS = 17

/** A hard link fails where the name is taken, which a rename would replace. */
const RENAME_FILE = `cd "$1" || exit 1
if [ "$2" -ef "$3" ]; then rm -- "$2" || exit
elif [ -e "$2" ] || [ ! -e "$3" ]; then
  if [ -e "$3" ]; then exit ${EXISTS}; fi
  ln -- "$2" "$3" && rm -- "$2" || exit
fi
`

const RENAME_LOGICAL = `if [ -e "$1/$2" ] || [ ! -e "$1/$3" ]; then
  if [ -e "$1/$3" ]; then exit ${EXISTS}; fi
  lvrename -- "$4" "$2" "$3" || exit
fi
`

const TOLD = 'told'

/** At once, so that nobody who asks libvirt meanwhile, or after this was killed, is told of the former name. */
const TELL = `virsh -q -c "$5" pool-refresh --pool "$6" > /dev/null 2>&1 && echo ${TOLD}
exit 0
`

export const taken = ({ pool, name }: VolumeKey) =>
  new LibvirtError('already_exists', `The pool "${pool}" has a volume "${name}" already`)
