import { HostError, type HostErrorCode } from './host-error.ts'

const reasons: readonly (readonly [HostErrorCode, errno: string, phrase: RegExp, summary: string])[] = [
  ['not_found', 'ENOENT', /no such file or directory/i, 'no such file or directory'],
  ['permission_denied', 'EACCES', /permission denied/i, 'permission denied'],
  ['permission_denied', 'EPERM', /operation not permitted/i, 'operation not permitted'],
  ['is_directory', 'EISDIR', /is a directory/i, 'it is a directory'],
  ['not_directory', 'ENOTDIR', /not a directory/i, 'a part of the path is not a directory'],
  ['no_space', 'ENOSPC', /no space left on device/i, 'no space left'],
  ['no_space', 'EDQUOT', /disk quota exceeded/i, 'quota exceeded'],
  ['read_only', 'EROFS', /read-only file system/i, 'the file system is read-only'],
]

/** A failed file operation of this process as a HostError. */
export function fileErrorFromErrno(subject: string, cause: NodeJS.ErrnoException): HostError {
  const reason = reasons.find(([, errno]) => errno === cause.code)
  return fileError(subject, reason, cause.message, cause)
}

/** A failed file operation of a shell, run with LC_ALL=C, as a HostError. */
export function fileErrorFromShell(subject: string, cause: HostError): HostError {
  const reason = reasons.find(([, , phrase]) => phrase.test(cause.detail))
  return fileError(subject, reason, cause.detail, cause)
}

function fileError(subject: string, reason: (typeof reasons)[number] | undefined, detail: string, cause: Error) {
  return new HostError(reason?.[0] ?? 'io_failed', `${subject}: ${reason?.[3] ?? (detail || 'failed')}`, {
    detail,
    cause,
  })
}
