import { isDockerError } from './error.ts'

/** What is not there is no error for a read. */
export const orUndefined = <T>(request: Promise<T>): Promise<T | undefined> =>
  request.catch((error: unknown) => {
    if (isDockerError(error) && error.status === 404) return undefined
    throw error
  })

/** Removing what is gone succeeds, and says so. */
export const orFalse = (request: Promise<unknown>): Promise<boolean> =>
  request.then(
    () => true,
    (error: unknown) => {
      if (isDockerError(error) && error.status === 404) return false
      throw error
    },
  )
