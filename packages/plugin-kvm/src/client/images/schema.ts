import * as z from 'zod'
import { catalogueNames, unknownImage } from './catalogue.ts'

const web = z.url({ protocol: /^https?$/, message: 'Expected a URL that begins with http:// or https://' })
const hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `Expected ${digits} hexadecimal digits`)

const sources = ['url', 'file', 'path'] as const

/** Where a disk image comes from. */
export const imageInput = z.union([
  z
    .string()
    .superRefine((name, context) => {
      if (catalogueNames.includes(name)) return
      const { message, advice } = unknownImage(name)
      context.addIssue({ code: 'custom', message: `${message}. ${advice}` })
    })
    .describe('A well-known cloud image: `debian:12`, `rocky:9`, `ubuntu:24.04`'),
  z
    .strictObject({
      url: web.optional().describe('Fetched by the hypervisor once, or through this machine if it cannot'),
      file: z.string().optional().describe('A file on this machine, which is sent to the hypervisor once'),
      path: z
        .string()
        .startsWith('/')
        .optional()
        .describe('A file on the hypervisor, copied, or left where it is and laid under the disk'),
      sha256: hex(64).optional(),
      sha512: hex(128).optional(),
      checksums: web.optional().describe('A file with checksums in which that of the image is found by its name'),
      format: z.enum(['qcow2', 'raw']).optional().describe('What it must be'),
    })
    .superRefine((image, context) => {
      const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
      const said = sources.filter((source) => image[source] !== undefined)
      if (said.length !== 1) refuse(said[1] ?? 'url', 'Expected one of "url", "file" and "path"')
      const sums = (['sha256', 'sha512', 'checksums'] as const).filter((key) => image[key] !== undefined)
      if (image.url !== undefined && sums.length === 0)
        refuse('sha256', 'It is missing: without a checksum nobody knows what comes from there')
      if (sums.length > 1) refuse(sums[1]!, `"${sums[0]}" and "${sums[1]}" exclude each other`)
      if (image.path !== undefined && sums[0]) refuse(sums[0], 'A file of the hypervisor is used as it is')
    }),
])
export type ImageInput = z.output<typeof imageInput>
