/** A connection that another resource or another connection gives. */
export interface ConnectContext<Endpoint, Base = unknown> {
  /** Where to connect: what the providing resource says, or the provider's fallback. Secrets in it are plain. */
  endpoint: Endpoint
  signal: AbortSignal
  /** The connection that this one runs over (`over`), or that leads to the providing resource, if any does; opened on first use. */
  via(): Promise<Base>
}

/** Knows how to open one kind of connection and close it again. Matched by name, so that two copies of a package agree. */
export interface Provider<N extends string = string, C = unknown> {
  readonly name: string
  /** What `on` may provide: this connection, or the one it is opened over. Only for the type checker. */
  readonly accepts?: N
  /** The connection this one is opened over: an engine's API over a host. `on` then takes what gives that one, too. */
  readonly over?: Provider<string, unknown>
  /** The endpoint of a connection that needs no `on`, such as this machine. Without it `on` is required. */
  readonly fallback?: () => unknown
  /** How many requests may be under way on one connection. */
  readonly concurrency: number
  /** The same for reads, where they cost less than changes; as many as changes, and counted with them, unless told. */
  readonly readConcurrency?: number
  /** Time for `connect`, in milliseconds. */
  readonly connectTimeout: number
  /** Opens the connection. An error with the code `unreachable` or `timeout` means that nobody answers. */
  connect(context: ConnectContext<unknown>): Promise<C>
  /** Which machine or account really is at the other end. When it changes behind an endpoint, the run stops. */
  scope?(connection: C, signal: AbortSignal): Promise<string>
  close?(connection: C): Promise<void> | void
}

export interface ProviderDefinition<N extends string, C, Endpoint, Over extends string, Base> {
  name: N
  over?: Provider<Over, Base>
  fallback?: () => Endpoint
  /** Checks an endpoint, as a schema does; throws what is wrong with it. */
  endpoint?: { parse(endpoint: unknown): Endpoint }
  concurrency?: number
  readConcurrency?: number
  connectTimeout?: number
  connect(context: ConnectContext<Endpoint, Base>): Promise<C>
  scope?(connection: C, signal: AbortSignal): Promise<string>
  close?(connection: C): Promise<void> | void
}

export const defineProvider = <
  const N extends string,
  C,
  Endpoint = Record<string, never>,
  Over extends string = never,
  Base = unknown,
>(
  definition: ProviderDefinition<N, C, Endpoint, Over, Base>,
): Provider<N | Over, C> => ({
  concurrency: 10,
  connectTimeout: 30_000,
  ...definition,
  connect: ({ endpoint, signal, via }) =>
    definition.connect({
      endpoint: definition.endpoint ? definition.endpoint.parse(endpoint) : (endpoint as Endpoint),
      signal,
      via: via as () => Promise<Base>,
    }),
})

/** The names that `on` of a resource may provide, nearest first: `['docker', 'host']`. */
export function acceptedProviders(provider: Provider): string[] {
  return provider.over ? [provider.name, ...acceptedProviders(provider.over)] : [provider.name]
}
