import * as z from 'zod'
import { canonicalImage } from '../../client/index.ts'
import { labelsInput } from '../owner.ts'

export const buildInputs = z.strictObject({
  context: z.string().describe('Directory with the Dockerfile and what it copies, on the machine that lares runs on'),
  dockerfile: z.string().optional().describe('Path inside the context; `Dockerfile` when absent'),
  dockerfileInline: z.string().optional().describe('Text of the Dockerfile, in place of a file'),
  target: z.string().optional().describe('Stage to build; the last one when absent'),
  args: z
    .record(z.string(), z.string())
    .optional()
    .describe("Build arguments. They stay readable in the image's history: no place for secrets"),
  labels: labelsInput,
  platform: z.string().optional().describe('`linux/arm64`'),
  pull: z.boolean().optional().describe('Look for newer base images at every build'),
  network: z.string().optional().describe("Network of the build's own containers"),
  extraHosts: z.array(z.string()).optional().describe('Additional host names during the build: `db.lan:10.0.0.5`'),
})

const reference = z.string().refine(isReference, 'it is no image reference such as nginx:1.27')

export const imageInputs = z
  .object({
    image: reference.optional().describe('Image to pull: `nginx:1.27`, `ghcr.io/owner/app@sha256:…`'),
    pull: z
      .enum(['missing', 'always'])
      .optional()
      .describe('`always` asks the registry at every plan whether the tag has moved; `missing` when absent'),
    platform: z.string().optional().describe("`linux/arm64`; the engine's own when absent"),
    build: buildInputs.optional().describe('Build it instead'),
    tag: reference.optional().describe('Name of the image that is built; lab and resource when absent: `home-site`'),
  })
  .superRefine(({ image, pull, platform, build, tag }, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if ((image === undefined) === (build === undefined)) issue('image', 'either "image" or "build" must be given')
    if (build && pull !== undefined) issue('pull', '"pull" goes with "image"; a build has "build.pull"')
    if (build && platform !== undefined) issue('platform', 'a build has "build.platform"')
    if (image !== undefined && tag !== undefined) issue('tag', '"tag" goes with "build"')
  })

export const imageAttributes = z.object({
  id: z.string().describe('Of the image on its engine: `sha256:…`'),
  reference: z.string().describe('What containers use: `nginx:1.27`'),
  digest: z.string().optional().describe("The registry's digest; absent for an image that was never in a registry"),
  platform: z.string(),
  size: z.number().describe('Bytes'),
  built: z
    .strictObject({ context: z.string(), options: z.string() })
    .optional()
    .describe('Digests of what it was built from'),
})

function isReference(text: string): boolean {
  try {
    canonicalImage(text)
    return true
  } catch {
    return false
  }
}
