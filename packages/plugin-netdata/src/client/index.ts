export { connectAgent, type NetdataAgent } from './agent.ts'
export * from './api/index.ts'
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
export { type AgentPlace, findInstallation, HOST_PLACE, type Installation, stopInstallation } from './installation.ts'
export { isExact, matchesPattern } from './simple-pattern.ts'
export * from './stream/index.ts'
export { type AgentVersion, formatVersion, isAtLeast, parseVersion } from './version.ts'
