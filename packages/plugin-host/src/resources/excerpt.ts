import * as z from 'zod'
import { pathInput } from './place.ts'

const pattern = z.string().refine((text) => {
  try {
    return new RegExp(text) && true
  } catch {
    return false
  }
}, 'Expected a regular expression')

/** Inputs of what is a part of a file that others write, too. */
export const excerptInputs = {
  path: pathInput.describe('The file; made when it is not there'),
  position: z
    .union([z.enum(['start', 'end']), z.strictObject({ after: pattern }), z.strictObject({ before: pattern })])
    .default('end')
    .describe('Where it goes when it is not there yet: `end`, `start`, `{ after: REGEX }` or `{ before: REGEX }`'),
  validate: z
    .string()
    .includes('%s')
    .optional()
    .describe('A command that must agree with the whole file first: `sshd -t -f %s`'),
  backup: z.boolean().default(true).describe('Keep the file as it was in `/var/lib/lares/backup`'),
}
export { pattern }
