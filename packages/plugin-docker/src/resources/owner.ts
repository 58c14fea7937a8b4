import type { Owner } from '@lares/core'
import * as z from 'zod'

const PREFIX = 'dev.lares.'
const LAB = `${PREFIX}lab`
const ADDRESS = `${PREFIX}address`

/** Labels as the engine reports them. */
type Labels = Readonly<Record<string, string>> | null | undefined

/** The attribute that says whose an object is. */
export const ownerAttribute = z.object({ lab: z.string(), address: z.string() }).optional()

/** The user's labels and the owner's mark. */
export const markedLabels = (owner: Owner, labels: Labels = {}): Record<string, string> => ({
  ...labels,
  [LAB]: owner.lab,
  [ADDRESS]: owner.address,
})

/** The labels that the user gave. */
export const plainLabels = (labels: Labels): Record<string, string> =>
  Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !name.startsWith(PREFIX)))

/** As an attribute: absent when nobody marked the object. */
export function ownerOf(labels: Labels): { owner?: Owner } {
  const lab = labels?.[LAB]
  const address = labels?.[ADDRESS]
  return lab === undefined || address === undefined ? {} : { owner: { lab, address } }
}

/** Asks an engine for what belongs to one lab. */
export const labFilter = ({ lab }: Owner): Record<string, string> => ({ [LAB]: lab })

export const isOfLab = (labels: Labels, { lab }: Owner): boolean => labels?.[LAB] === lab

/** True for the mark of this very resource. */
export const isMarked = (labels: Labels, { lab, address }: Owner): boolean =>
  labels?.[LAB] === lab && labels[ADDRESS] === address

/** Labels of the user may have any name but ours. */
export const labelsInput = z
  .record(
    z.string().refine((name) => !name.startsWith(PREFIX), `labels that begin with "${PREFIX}" are kept for Lares`),
    z.string(),
  )
  .optional()
  .describe('Labels')
