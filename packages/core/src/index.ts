export { type ActionRequest, declaredType } from './actions.ts'
export { addressNamed } from './addresses.ts'
export type { Check } from './checks.ts'
export {
  type CompositeDefinition,
  type CompositeType,
  type DeclarePart,
  defineComposite,
  type ExpandContext,
  isComposite,
} from './composite.ts'
export { defineLab, isLab, type Lab, type Listing, labFromDocument, labSchema } from './config.ts'
export {
  type AnyResource,
  type Declarable,
  type Declaration,
  declarationOf,
  type Providing,
  type Resource,
  type ResourceFactory,
  type ResourceOptions,
} from './declaration.ts'
export {
  type Diagnostic,
  type DiagnosticInput,
  didYouMean,
  errorCode,
  fail,
  hasErrors,
  isLaresError,
  LaresError,
  problem,
  reworded,
  type SourceLocation,
  suggest,
  toDiagnostics,
  warning,
} from './diagnostics.ts'
export { type Duration, milliseconds } from './duration.ts'
export {
  createEngine,
  type Engine,
  type EngineOptions,
  type EnginePlanOptions,
  type Planned,
} from './engine.ts'
export { type EnsureOptions, ensure } from './ensure.ts'
export { type ApplyResult, EVENTS_VERSION, type EventListener, type LaresEvent } from './events.ts'
export type { Alert, Health, HealthState, LabStatus, ResourceStatus } from './health.ts'
export type { InUse, NewerVersion, Outdated } from './in-use.ts'
export type { Discovered, Probe } from './inquiries.ts'
export { isRetryable, timeLeft } from './limits.ts'
export { buildModel, type Model, type ModelResource } from './model.ts'
export {
  type Action,
  type Cause,
  hasChanges,
  isChange,
  type OutputChange,
  type Plan,
  type PlanNode,
  planText,
  type ReplaceOrder,
  type Summary,
  showValue,
  summarize,
} from './plan.ts'
export { definePlugin, PLUGIN_API, type Plugin, type PluginExport, pluginOf } from './plugin.ts'
export { type ConnectContext, defineProvider, type Provider, type ProviderDefinition } from './provider.ts'
export type { PlanOptions } from './reconcile.ts'
export { type Expression, type Input, interpolate, isUnknown, type Ref, UNKNOWN } from './ref.ts'
export {
  type ActionContext,
  type BatchItem,
  type Change,
  type Claim,
  type ContextBase,
  type CreateContext,
  type DeleteContext,
  type DiffContext,
  defineResource,
  type Effect,
  type InquiryContext,
  type Lifecycle,
  type LifecycleContext,
  type Listed,
  type ObjectContext,
  type OutlineContext,
  type Owner,
  type PrepareContext,
  type Provides,
  type ReadContext,
  type ReadyContext,
  type ResourceAction,
  type ResourceDefinition,
  type ResourceType,
  type Timeouts,
  type UpdateContext,
  type Verb,
} from './resource.ts'
export { type LabKey, labKey, MASK, type SecretReader, secret, sensitive } from './secret.ts'
export { formatSize, parseSize, SIZE_PATTERN } from './size.ts'
export {
  applyEntry,
  emptyState,
  type JournalEntry,
  type LockHolder,
  type ResourceRecord,
  STATE_VERSION,
  type State,
  type StateSession,
  type StateStore,
  type StateVersion,
} from './state.ts'
export { fileStore } from './state-file.ts'
export { canonical, equal, formatPath, type Json, type JsonObject, type Path, parsePath } from './value.ts'
