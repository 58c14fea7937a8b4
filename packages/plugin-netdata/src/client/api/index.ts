export type { AlarmEvent, AlarmLogOptions } from './alarm-log.ts'
export type { AlarmVariables } from './alarm-variables.ts'
export {
  type Alarm,
  type AlarmOptions,
  type AlarmSource,
  type AlarmStatus,
  isRaised,
  type NodeAlarms,
} from './alarms.ts'
export type { Chart } from './charts.ts'
export { type ConnectApiOptions, connectApi, DEFAULT_PORT, type NetdataApi, type NodeApi } from './connect.ts'
export { type ChartData, type DataQuery, GROUPINGS, type Grouping } from './data.ts'
export { isNetdataError, NetdataError, type NetdataErrorCode } from './error.ts'
export { type AgentInfo, type MirroredHost, newestApi } from './info.ts'
export type { CallOptions } from './request.ts'
export type { NodeOptions } from './scope.ts'
export type { HealthManagement, Selector, Silencers } from './silencers.ts'
