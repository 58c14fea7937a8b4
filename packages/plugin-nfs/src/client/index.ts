export * from './formats/index.ts'
export { isNfs, listMounts, lookInto, type MountsState, readMounts, saveMounts, usersOf } from './mounts.ts'
export { installPart, type Part, startGanesha, startServer } from './parts.ts'
export * from './servers/index.ts'
