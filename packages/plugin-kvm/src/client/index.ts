export { isLibvirtError, LibvirtError, type LibvirtErrorCode } from './error.ts'
export { type Hypervisor, readHypervisor } from './hypervisor.ts'
export { connectLibvirt, DEFAULT_URI, type Libvirt, STDIN, type VirshOptions } from './virsh.ts'
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
