export { check, perform, type ScriptSpec } from './commands.ts'
export {
  makeDirectory,
  type PutOptions,
  putFile,
  putLink,
  removeDirectory,
  removeFile,
  removeLink,
  setAccess,
} from './files.ts'
export { type Inventory, parseInventory, readInventory } from './inventory.ts'
export {
  changePackages,
  type LedgerChange,
  type PackageManager,
  type PackageQuestions,
  type PackageState,
  type Packages,
  readPackages,
  type Transaction,
  type WantedPackage,
} from './packages.ts'
export { type PathQuestions, type PathState, readPaths } from './paths.ts'
export {
  blockIn,
  type EditOptions,
  editText,
  lineIn,
  marksOf,
  type Position,
  readText,
  withBlock,
  withLine,
} from './text.ts'
export { actOnUnit, type InitSystem, listUnits, readLog, readUnits, type UnitState, type UnitVerb } from './units.ts'
export {
  addGroup,
  addUser,
  changeGroup,
  changeUser,
  type GroupState,
  type NewUser,
  readGroups,
  readUsers,
  removeGroup,
  removeUser,
  type UserQuestions,
  type UserSpec,
  type UserState,
} from './users.ts'
