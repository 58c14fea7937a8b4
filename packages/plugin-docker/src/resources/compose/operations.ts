import type { Change } from '@lares/core'
import type { ContainerPart, NetworkPart, ServicePart, VolumePart } from '../../compose/translate/parts.ts'
import type { FoundContainer } from './found.ts'

/** One thing to be done to one object of a project. `change` is what the plan shows of it, and all that is compared. */
export type Operation = { change: PartChange } & (
  | { kind: 'image'; service: ServicePart }
  | { kind: 'network'; part?: NetworkPart; name: string }
  | { kind: 'volume'; part: VolumePart }
  | { kind: 'container'; service?: ServicePart; part?: ContainerPart; found?: FoundContainer; changes?: Change[] }
)

export type PartChange = Change & Required<Pick<Change, 'action'>>
