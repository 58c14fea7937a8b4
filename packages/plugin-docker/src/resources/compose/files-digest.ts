import { createHash } from 'node:crypto'
import { canonical } from '@lares/core'
import type { FilePart } from '../../compose/translate/parts.ts'

/** The label with the digest of what was put into a container: the engine shows nothing of it. */
export const FILES_LABEL = 'dev.lares.files'

export const filesDigest = (files: readonly FilePart[]): string =>
  `sha256:${createHash('sha256').update(canonical(files)).digest('hex')}`
