export {
  type CloudInit,
  type CloudInitContext,
  cloudInitDigest,
  cloudInitImage,
  instanceIdOf,
  renderCloudInit,
} from './cloud-init/render.ts'
export { type CloudInitInput, cloudInitInput, type SeedChange, seedChange } from './cloud-init/schema.ts'
export { isLibvirtError, LibvirtError, type LibvirtErrorCode } from './error.ts'
export { type Hypervisor, readHypervisor } from './hypervisor.ts'
export { type CatalogueEntry, catalogued, catalogueNames } from './images/catalogue.ts'
export { createFromImage } from './images/create-from-image.ts'
export { type EnsureImageOptions, ensureImage, type HostImage } from './images/ensure-image.ts'
export { ImageError, type ImageErrorCode, isImageError } from './images/error.ts'
export { IMAGE_POOL, type ImagePool } from './images/image-pool.ts'
export { type ImageInput, imageInput } from './images/schema.ts'
export { namesIn } from './names.ts'
export { type NetworkState, type Plug, plugsOf, readNetworks } from './networks.ts'
export { type Pool, type PoolSource, readPool, readPools } from './pools.ts'
export { SEED_LABEL, type SeedFile, seedImage } from './seed/seed-image.ts'
export {
  deleteSnapshot,
  describeSnapshot,
  readSnapshot,
  readSnapshots,
  type Snapshot,
  type SnapshotKey,
  type SnapshotOptions,
  takeSnapshot,
} from './snapshots.ts'
export { connectLibvirt, DEFAULT_URI, type Libvirt, STDIN, type VirshOptions } from './virsh.ts'
export { type Attachment, attachmentsOf, volumesOver } from './volumes/attachments.ts'
export { createVolume, deleteVolume, resizeVolume, type VolumeOptions } from './volumes/change.ts'
export { parseVolume, type Volume, type VolumeKey, type VolumeSpec, volumeXml } from './volumes/document.ts'
export { listVolumes, readVolume, readVolumes } from './volumes/read.ts'
export { renameVolume } from './volumes/rename.ts'
export {
  all,
  at,
  element,
  elementsOf,
  formatXml,
  get,
  made,
  parseXml,
  put,
  remove,
  textOf,
  type Xml,
} from './xml.ts'
