/** How often is asked, and how long is waited. Milliseconds. */
export interface Patience {
  /** Between two questions. */
  readonly every: number
  /** Until it is good. */
  readonly within: number
  /** That it stays good. */
  readonly for: number
  /** For one answer. */
  readonly timeout: number
}

/** What has become of a question that is asked again and again. Times are of one clock, in milliseconds. */
export interface Course {
  readonly begun: number
  /** Since when every answer was good. */
  readonly goodSince?: number | undefined
}

export const after = ({ begun, goodSince }: Course, isGood: boolean, now: number): Course =>
  isGood ? { begun, goodSince: goodSince ?? now } : { begun }

/** It was good for as long as it has to be. */
export const isSteady = ({ goodSince }: Course, patience: Patience, now: number): boolean =>
  goodSince !== undefined && now - goodSince >= patience.for

/** It is not good, and its time is over. What is good may stay so, and is asked on. */
export const isLate = ({ begun, goodSince }: Course, { within }: Patience, now: number): boolean =>
  goodSince === undefined && now - begun >= within

/** A question right at the end of a time decides; one that takes no time at all is not asked without a pause. */
const LEAST = 20

/** Milliseconds until the next question. */
export function pauseIn(course: Course, patience: Patience, now: number): number {
  const { begun, goodSince } = course
  const until = goodSince === undefined ? begun + patience.within : goodSince + patience.for
  const left = until > now ? until - now : Number.POSITIVE_INFINITY
  return Math.max(LEAST, Math.min(patience.every, left))
}
