import type { Owner } from '@lares/core'
import * as z from 'zod'
import { at, element, made, remove, type Xml } from '../client/index.ts'

/** Of what Lares writes into libvirt's documents. */
export const NAMESPACE = 'https://lares.dev/libvirt/1'
const MARK = 'lares:owner'

/** The attribute that says whose an object is. */
export const ownerAttribute = z.object({ lab: z.string(), address: z.string() }).optional()

/** Whose a document says that it is. */
export function ownerOf(document: Xml): { owner?: Owner } {
  const { lab, address } = at(document, `metadata/${MARK}`)?.attributes ?? {}
  return lab === undefined || address === undefined ? {} : { owner: { lab, address } }
}

/** Writes whose it is into a document. */
export function markOwner(document: Xml, { lab, address }: Owner): void {
  remove(document, `metadata/${MARK}`)
  made(document, 'metadata').children.push(element(MARK, { 'xmlns:lares': NAMESPACE, lab, address }))
}
