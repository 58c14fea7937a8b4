/** Stable codes of what can go wrong with an image. */
export type ImageErrorCode =
  | 'unknown_image'
  | 'image_not_found'
  | 'image_unreachable'
  | 'wrong_checksum'
  | 'no_checksum'
  | 'no_space'
  | 'no_tool'
  | 'not_writable'
  | 'locked'
  | 'unusable_image'

/** An image that could not be had. `detail` is what the tool said. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: ImageErrorCode
  readonly detail: string
  readonly advice: string | undefined

  constructor(
    code: ImageErrorCode,
    message: string,
    options: { detail?: string | undefined; advice?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? ''
    this.advice = options.advice
  }
}

/** True for an ImageError, with one of the codes when any are given; also across two copies of this package. */
export function isImageError(error: unknown, ...codes: readonly ImageErrorCode[]): error is ImageError {
  const isOne = error instanceof Error && error.name === 'ImageError' && 'code' in error
  return isOne && (codes.length === 0 || codes.includes(error.code as ImageErrorCode))
}
