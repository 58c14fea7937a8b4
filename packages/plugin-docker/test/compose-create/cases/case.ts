import type { Case } from '../../compose/cases/case.ts'
import type { DifferenceName } from '../differences.ts'

/** A project that Docker Compose and Lares bring up alike. */
export type CreateCase = Case & {
  /** Where the two differ in this case, beside where they always do. */
  means?: DifferenceName[]
  /** Both refuse it while it is read or translated, or the engine does: what Lares says of it. */
  refused?: RegExp
  /** Compose 2.26.1 refuses it. Lares can do it: a reason to differ. */
  onlyLares?: DifferenceName
  /** Compose 2.26.1 does it, but not as it was said. Lares refuses it: a reason to differ. */
  onlyCompose?: DifferenceName
  /** Attributes that Lares says it cannot honour, as paths. */
  warns?: string[]
}

/** Stands for the image that is there. */
export const IMAGE = '%IMAGE%'

/** A network that is there already, so that none has to be made for a case about something else. */
export const SHARED_NETWORK = 'compose-create'
export const onSharedNetwork = `networks: { default: { external: true, name: ${SHARED_NETWORK} } }\n`

type More = Omit<CreateCase, 'name' | 'files'> & { with?: Record<string, string> }

/** A case of one file, in which `image: i` is the image that is there. */
export function create(name: string, text: string, { with: files, ...more }: More = {}): CreateCase {
  return { name, files: { 'compose.yaml': withImage(text), ...files }, ...more }
}

export const withImage = (text: string): string => text.replaceAll(/\bimage: i\b/g, `image: "${IMAGE}"`)
