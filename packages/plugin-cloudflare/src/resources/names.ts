import type { Owner } from '@lares/core'
import * as z from 'zod'

export const nameInput = z.string().min(1).max(255).optional().describe("Its name; the resource's own when absent")

export const nameOf = ({ name }: { name?: string | undefined }, { address }: Owner): string => name ?? address

/** What tells an object from every other one, whatever it is called. */
export const idOf = ({ id }: { id: string }): string => id
