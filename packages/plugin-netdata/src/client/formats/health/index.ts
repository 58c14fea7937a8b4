export {
  type Alarm,
  type Delay,
  type Labels,
  type Lookup,
  type LookupOption,
  lookupOptions,
  type Repeat,
} from './alarm.ts'
export { type Expression, parseExpression } from './expression.ts'
export { formatFile, formatMark, type OwnedFile, parseFile, parseMark } from './file.ts'
export { fields as alarmLines } from './keys.ts'
export { lookupMethods } from './lookup.ts'
export { type HealthEntry, type HealthFile, type HealthProblem, parseHealth } from './parse.ts'
export { renderAlarm } from './render.ts'
export { HealthSyntaxError } from './syntax.ts'
