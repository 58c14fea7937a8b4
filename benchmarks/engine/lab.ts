import { defineLab, definePlugin, defineResource, type Lab } from '@lares/core'
import { z } from 'zod'

const item = defineResource({
  type: 'null.item',
  inputs: z.object({ value: z.string(), parent: z.string().optional() }),
  attributes: z.object({ id: z.string(), value: z.string() }),
  identity: (_, { address }) => address,
  // There is no world behind it: what was recorded is what is there, so that only the engine is measured.
  readMany: async (contexts) => contexts.map(({ recorded }) => recorded ?? null),
  create: async ({ inputs, address }) => ({ id: address, value: inputs.value }),
  update: async ({ inputs, address }) => ({ id: address, value: inputs.value }),
  delete: async () => {},
})

export const nulls = definePlugin({ name: 'null', package: 'null', version: '1.0.0', resources: { item } })

/** `count` null resources in chains of ten under one root. */
export function chains(count: number): Lab {
  const root = nulls.item('root', { value: 'root' })
  const resources = [root]
  for (let i = 1; i < count; i++) {
    const parent = i % 10 === 1 ? root : resources.at(-1)!
    resources.push(nulls.item(`item-${i}`, { value: `v${i}`, parent: parent.id }))
  }
  return defineLab({ name: 'bench', resources })
}
