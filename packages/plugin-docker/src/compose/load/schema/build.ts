import * as z from 'zod'
import {
  amount,
  attributes,
  deviceReservation,
  extraHosts,
  fileMounts,
  flag,
  hook,
  keyValues,
  text,
  texts,
  ulimits,
  whole,
} from './parts.ts'

export const build = z.union([
  text,
  attributes({
    context: text.optional(),
    dockerfile: text.optional(),
    dockerfile_inline: text.optional(),
    entitlements: texts.optional(),
    args: keyValues.optional(),
    ssh: keyValues.optional(),
    labels: keyValues.optional(),
    cache_from: texts.optional(),
    cache_to: texts.optional(),
    no_cache: flag.optional(),
    additional_contexts: keyValues.optional(),
    network: text.optional(),
    pull: flag.optional(),
    target: text.optional(),
    shm_size: whole.optional(),
    extra_hosts: extraHosts.optional(),
    isolation: text.optional(),
    privileged: flag.optional(),
    secrets: fileMounts.optional(),
    tags: texts.optional(),
    ulimits: ulimits.optional(),
    platforms: texts.optional(),
  }),
])

const updateOrder = attributes({
  parallelism: whole.optional(),
  delay: text.optional(),
  failure_action: text.optional(),
  monitor: text.optional(),
  max_failure_ratio: amount.optional(),
  order: z.enum(['start-first', 'stop-first']).optional(),
})

const genericResources = z.array(
  attributes({ discrete_resource_spec: attributes({ kind: text.optional(), value: amount.optional() }).optional() }),
)

export const deploy = attributes({
  mode: text.optional(),
  endpoint_mode: text.optional(),
  replicas: whole.optional(),
  labels: keyValues.optional(),
  rollback_config: updateOrder.optional(),
  update_config: updateOrder.optional(),
  resources: attributes({
    limits: attributes({ cpus: amount.optional(), memory: text.optional(), pids: whole.optional() }).optional(),
    reservations: attributes({
      cpus: amount.optional(),
      memory: text.optional(),
      generic_resources: genericResources.optional(),
      devices: z.array(deviceReservation).optional(),
    }).optional(),
  }).optional(),
  restart_policy: attributes({
    condition: text.optional(),
    delay: text.optional(),
    max_attempts: whole.optional(),
    window: text.optional(),
  }).optional(),
  placement: attributes({
    constraints: texts.optional(),
    preferences: z.array(attributes({ spread: text.optional() })).optional(),
    max_replicas_per_node: whole.optional(),
  }).optional(),
})

export const develop = attributes({
  watch: z
    .array(
      attributes({
        path: text,
        action: z.enum(['rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec']),
        ignore: texts.optional(),
        target: text.optional(),
        exec: hook.optional(),
      }),
    )
    .optional(),
})
