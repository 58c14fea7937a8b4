export * from './host.ts'
export { HostError, type HostErrorCode, isHostError } from './host-error.ts'
export { localHost } from './local-host.ts'
export { quote, quoteCommand } from './quote.ts'
