export {
  changeExports,
  type DirectoryState,
  type ExportsChange,
  type ExportsState,
  entriesOf,
  fileOfLab,
  type LiveExport,
  listExports,
  readExports,
} from './exports.ts'
export * from './formats/index.ts'
export { isNfs, listMounts, lookInto, type MountsState, readMounts, saveMounts, usersOf } from './mounts.ts'
export { installPart, type Part, startServer } from './parts.ts'
