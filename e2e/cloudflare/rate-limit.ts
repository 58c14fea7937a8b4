import { Refusal } from './envelope.ts'

/** How many requests a user may make in how many seconds. */
export interface RateLimit {
  requests: number
  seconds: number
}

/** What the limiter says of one request: headers of its answer, and whether it is one too many. */
export interface Allowance {
  headers: Record<string, string>
  refused: Refusal | null
}

export interface RateLimiter {
  limit: RateLimit
  /** Answers 429 to everybody for the next seconds. */
  storm(options: { seconds: number }): void
  /** Counts one request of a user. */
  take(user: string): Allowance
}

interface Window {
  startedAt: number
  used: number
  /** When requests are answered again, after one too many. */
  blockedUntil: number
}

/**
 * A limiter by user, over all of the user's tokens. One request too many blocks for a whole window.
 * Numbers: developers.cloudflare.com/fundamentals/api/reference/limits. Headers: its section "Rate limiting headers" and the
 * changelog entry of 2025-09-02. Code and message:
 * github.com/cloudflare/terraform-provider-cloudflare#5505.
 */
export function createRateLimiter(limit: RateLimit, clock: () => number): RateLimiter {
  const windows = new Map<string, Window>()
  let stormUntil = 0
  const limiter: RateLimiter = {
    limit,
    storm({ seconds }) {
      stormUntil = clock() + seconds * 1000
    },
    take(user) {
      const now = clock()
      const length = limiter.limit.seconds * 1000
      let window = windows.get(user)
      if (window === undefined || now >= Math.max(window.startedAt + length, window.blockedUntil)) {
        window = { startedAt: now, used: 0, blockedUntil: 0 }
        windows.set(user, window)
      }
      window.used += 1
      if (window.used > limiter.limit.requests && window.blockedUntil === 0) window.blockedUntil = now + length
      const until = Math.max(window.blockedUntil, stormUntil)
      const left = Math.max(0, limiter.limit.requests - window.used)
      const reset = Math.max(1, Math.ceil((window.startedAt + length - now) / 1000))
      return {
        headers: allowanceHeaders(
          limiter.limit,
          left,
          reset,
          until > now ? Math.ceil((until - now) / 1000) : null,
          now,
        ),
        refused: until > now ? tooMany() : null,
      }
    },
  }
  return limiter
}

function allowanceHeaders(
  { requests, seconds }: RateLimit,
  left: number,
  reset: number,
  wait: number | null,
  now: number,
) {
  return {
    Ratelimit: `"default";r=${left};t=${reset}`,
    'Ratelimit-Policy': `"default";q=${requests};w=${seconds}`,
    'X-RateLimit-Limit': String(requests),
    'X-RateLimit-Remaining': String(wait === null ? left : 0),
    ...(wait !== null && {
      'Retry-After': String(wait),
      'X-RateLimit-Reset': new Date(now + wait * 1000).toUTCString(),
    }),
  }
}

const tooMany = () => new Refusal(429, { code: 971, message: 'Please wait and consider throttling your request speed' })
