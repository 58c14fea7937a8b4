export { connectAgent, type NetdataAgent } from './agent.ts'
export * from './api/index.ts'
export { changeJobs, type JobChange, type PlacedJob } from './change-job.ts'
export { type CollectorFiles, type FoundJob, isModuleOn, jobOfMark, readCollectors } from './collectors.ts'
export {
  type CollectorJob,
  jobIn,
  type Orchestrator,
  otherJobs,
  withJob,
  withoutJob,
} from './formats/collector/job-files.ts'
export { type Check, checks, mysqlDsn, translationOf } from './formats/collector/modules.ts'
export {
  type Alarm as AlarmDefinition,
  type Delay,
  type Expression,
  type HealthEntry,
  type HealthFile,
  type HealthProblem,
  HealthSyntaxError,
  type Labels,
  type Lookup,
  type LookupOption,
  parseExpression,
  parseHealth,
  type Repeat,
  renderAlarm,
} from './formats/health/index.ts'
export { formatIni, type IniText, parseIni, type Sections } from './formats/ini.ts'
export { type ConfMark, confMark, formatMarkedConf } from './formats/marked-conf.ts'
export {
  type AgentOptions,
  type DatabaseOptions,
  type HealthOptions,
  netdataConf,
  type TooOld,
  whatIsTooOld,
} from './formats/netdata-conf.ts'
export { blockHead, type Channel, notificationBlock } from './formats/notification/channels.ts'
export type { Audience } from './formats/notification/recipients.ts'
export { webAddress } from './formats/web-address.ts'
export {
  type AgentPlace,
  controlInstallation,
  findInstallation,
  findPlace,
  HOST_PLACE,
  type Installation,
  LEAVING,
} from './installation.ts'
export {
  dropNotification,
  type Notifier,
  readNotification,
  readNotifier,
  type SavedNotification,
  saveNotification,
  testNotification,
} from './notifications.ts'
export { readTold, type Told } from './reload-collectors.ts'
export { isExact, matchesPattern, patternSource } from './simple-pattern.ts'
export * from './stream/index.ts'
export type { JobPlace } from './unfinished-jobs.ts'
export { type AgentVersion, formatVersion, isAtLeast, parseVersion } from './version.ts'
