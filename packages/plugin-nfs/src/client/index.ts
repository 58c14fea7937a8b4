export { type Barrier, barrierBefore, type Firewall, readFirewall } from './firewall/index.ts'
export * from './formats/index.ts'
export {
  isNfs,
  type LookOptions,
  listMounts,
  lookInto,
  type MountsState,
  readMounts,
  saveMounts,
  usersOf,
} from './mounts.ts'
export { installPart, type Part, startGanesha, startServer } from './parts.ts'
export * from './servers/index.ts'
