import * as z from 'zod'
import { attributes, flag, keyValues, named, options, text, textOrTexts } from './parts.ts'
import { service } from './service.ts'

const external = z.union([flag, attributes({ name: text.optional() })])

const network = attributes({
  name: text.optional(),
  driver: text.optional(),
  driver_opts: options.optional(),
  ipam: attributes({
    driver: text.optional(),
    config: z
      .array(
        attributes({
          subnet: text.optional(),
          ip_range: text.optional(),
          gateway: text.optional(),
          aux_addresses: z.record(z.string().min(1), text).optional(),
        }),
      )
      .optional(),
    options: z.record(z.string().min(1), text).optional(),
  }).optional(),
  external: external.optional(),
  internal: flag.optional(),
  enable_ipv4: flag.optional(),
  enable_ipv6: flag.optional(),
  attachable: flag.optional(),
  labels: keyValues.optional(),
})

const volume = attributes({
  name: text.optional(),
  driver: text.optional(),
  driver_opts: options.optional(),
  external: external.optional(),
  labels: keyValues.optional(),
})

const secret = attributes({
  name: text.optional(),
  environment: text.optional(),
  file: text.optional(),
  external: external.optional(),
  labels: keyValues.optional(),
  driver: text.optional(),
  driver_opts: options.optional(),
  template_driver: text.optional(),
})

const config = attributes({
  name: text.optional(),
  content: text.optional(),
  environment: text.optional(),
  file: text.optional(),
  external: external.optional(),
  labels: keyValues.optional(),
  template_driver: text.optional(),
})

const include = z.union([
  text,
  attributes({ path: textOrTexts.optional(), env_file: textOrTexts.optional(), project_directory: text.optional() }),
])

/** A compose file, in its short forms too. What one file leaves to another is checked when all are merged. */
export const composeFile = attributes({
  version: text.optional(),
  name: text.optional(),
  include: z.array(include).optional(),
  services: named(service).optional(),
  networks: named(network.nullable()).optional(),
  volumes: named(volume.nullable()).optional(),
  secrets: named(secret).optional(),
  configs: named(config).optional(),
})
