import { LibvirtError } from '../error.ts'
import type { Libvirt } from '../virsh.ts'
import type { Volume, VolumeKey } from '../volumes/document.ts'
import { readVolume } from '../volumes/read.ts'
import { refreshPool } from '../volumes/refresh.ts'
import { type AcquireOptions, type Acquisition, acquire, isOutOfReach } from './acquire.ts'
import { type Architecture, catalogued } from './catalogue.ts'
import { type Checksum, findChecksum } from './checksum.ts'
import { ImageError } from './error.ts'
import { checksumOfFile, openFile, openUrl, textFromHere } from './from-here.ts'
import { describePath } from './image-path.ts'
import { type ImagePool, imagePool } from './image-pool.ts'
import type { ImageInput } from './schema.ts'

export interface EnsureImageOptions extends AcquireOptions {
  /** A directory pool that keeps images; `lares-images` unless told, which is made when it is not there. */
  pool?: string | undefined
  /** Of images of the catalogue. */
  architecture?: Architecture | undefined
}

/** An image on a hypervisor, to be laid under disks or copied into them. It is never written. */
export interface HostImage {
  path: string
  format: string
  /** Bytes that a guest sees. */
  virtualSize: number
  /** As a volume, where it is one: what can be copied. */
  volume?: VolumeKey
}

type Wish = Exclude<ImageInput, string>

/**
 * Sees to it that an image is on a hypervisor, and says where. It is fetched once, by the hypervisor itself or through
 * this machine, verified, and kept under a name with its checksum. Rejects with an ImageError; nothing half-made is left
 * but what a later try goes on with.
 */
export async function ensureImage(
  libvirt: Libvirt,
  image: ImageInput,
  options: EnsureImageOptions = {},
): Promise<HostImage> {
  const wish = typeof image === 'string' ? catalogued(image, options.architecture) : image
  const found =
    'path' in wish && wish.path !== undefined
      ? await describePath(libvirt, wish.path, options.signal)
      : await cached(libvirt, wish, options)
  const format = 'format' in wish ? wish.format : undefined
  if (format !== undefined && found.format !== format)
    throw new ImageError('unusable_image', `The image ${found.path} is ${found.format}, not ${format}`)
  return found
}

async function cached(libvirt: Libvirt, wish: Wish, options: EnsureImageOptions): Promise<HostImage> {
  const { signal } = options
  const source = wish.url ?? wish.file ?? ''
  const checksum = await checksumOf(libvirt, wish, signal)
  const pool = await imagePool(libvirt, options.pool, signal)
  const name = `${stemOf(source)}-${checksum.digest.slice(0, 16)}.img`
  const existing = await readVolume(libvirt, { pool: pool.name, name }, signal)
  if (!existing) {
    await bring(libvirt, wish, { pool, name, checksum }, options)
    await refreshPool(libvirt, pool.name, { signal })
  }
  const volume = existing ?? (await readVolume(libvirt, { pool: pool.name, name }, signal))
  if (!volume) throw new LibvirtError('not_found', `The image "${name}" went from the pool "${pool.name}"`)
  return hostImage(volume)
}

/** An image that reads another file could be made to read any file of the hypervisor. */
function hostImage({ pool, name, path, format = 'raw', capacity, backing }: Volume): HostImage {
  if (backing) throw new ImageError('unusable_image', `The image ${path} is not whole: it refers to ${backing.path}`)
  return { path, format, virtualSize: capacity, volume: { pool, name } }
}

async function bring(
  { host }: Libvirt,
  { url, file }: Wish,
  { pool, name, checksum }: { pool: ImagePool; name: string; checksum: Checksum },
  options: AcquireOptions,
): Promise<void> {
  const source = url ?? file ?? ''
  const wanted: Acquisition = { directory: pool.path, name, checksum, url: source, unpack: unpackerOf(source) }
  if (url === undefined) return await acquire(host, { ...wanted, open: (offset) => openFile(source, offset) }, options)
  const open: Acquisition['open'] = (offset, signal) => openUrl(url, offset, signal)
  try {
    await acquire(host, wanted, options)
  } catch (error) {
    if (host.local || !isOutOfReach(error)) throw error
    options.log?.(`${host.description} cannot fetch ${url} by itself: it comes through this machine`)
    await acquire(host, { ...wanted, open }, options)
  }
}

const unpackers: Readonly<Record<string, string>> = { xz: 'xz', gz: 'gzip', zst: 'zstd', bz2: 'bzip2' }

const unpackerOf = (source: string): string | undefined => unpackers[source.split('.').at(-1) ?? '']

/** The file's name without what says how it is packed and what it is, in characters that every tool takes. */
const stemOf = (source: string): string =>
  decodeURIComponent(source.split(/[?#]/)[0]!.split('/').at(-1) ?? '')
    .replace(/\.(xz|gz|zst|bz2)$/, '')
    .replace(/\.(qcow2|img|raw)$/, '')
    .replaceAll(/[^\w.-]+/g, '-')
    .slice(0, 80)

async function checksumOf(libvirt: Libvirt, wish: Wish, signal: AbortSignal | undefined): Promise<Checksum> {
  if (wish.sha512 !== undefined) return { algorithm: 'sha512', digest: wish.sha512.toLowerCase() }
  if (wish.sha256 !== undefined) return { algorithm: 'sha256', digest: wish.sha256.toLowerCase() }
  const { url = '', checksums, file } = wish
  if (checksums === undefined) return await checksumOfFile(file ?? '', signal)
  const name = new URL(url).pathname.split('/').at(-1) ?? ''
  const found = findChecksum(await textOf(libvirt, checksums, signal), name)
  if (!found) throw new ImageError('no_checksum', `${checksums} has no checksum of ${name}`)
  return found
}

const TEXT = `IFS= read -r url
if command -v curl > /dev/null; then
  printf 'url = "%s"\\n' "$url" | curl --fail --silent --show-error --location --config - --max-time 60
else
  printf '%s\\n' "$url" | wget --quiet --input-file - --output-document - --timeout 30 --tries 2
fi`

/** A small text from the web, fetched by the host, or by this machine where the host cannot. */
async function textOf({ host }: Libvirt, url: string, signal: AbortSignal | undefined): Promise<string> {
  const { exitCode, stdout } = await host.exec(['sh', '-c', TEXT], {
    input: `${new URL(url).href}\n`,
    reject: false,
    timeout: 90_000,
    signal,
  })
  if (exitCode === 0) return stdout
  const limit = AbortSignal.timeout(60_000)
  return await textFromHere(url, signal ? AbortSignal.any([signal, limit]) : limit)
}
