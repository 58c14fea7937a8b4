export { type EtabEntry, parseEtab } from './etab.ts'
export {
  type ClientKind,
  canonicalClient,
  clientKind,
  clientKinds,
  clientProblem,
  clientTakes,
  sameClient,
} from './export-client.ts'
export {
  type AskedExportOptions,
  defaultExportOptions,
  type ExportOptions,
  type FlavourOptions,
  formatExportOptions,
  parseExportOptions,
  type SecurityFlavour,
  sameExportOptions,
} from './export-options.ts'
export {
  type EffectiveExport,
  type ExportClient,
  type ExportEntry,
  type ExportsFile,
  type ExportsLine,
  type ExportsProblem,
  type ExportsProblemCode,
  effectiveExports,
  formatExportEntry,
  formatExports,
  parseExports,
  withExport,
  withoutExport,
} from './exports-file.ts'
export {
  type FstabEntry,
  type FstabFile,
  type FstabLine,
  formatFstab,
  formatFstabEntry,
  parseFstab,
  withMount,
  withoutMount,
} from './fstab.ts'
export { formatGaneshaExports, type GaneshaExport, parseGaneshaExports } from './ganesha-config.ts'
export {
  type MountInfo,
  mountAt,
  mountOf,
  type NfsMount,
  nfsMount,
  parseMountInfo,
  parseNfsSource,
} from './mount-info.ts'
