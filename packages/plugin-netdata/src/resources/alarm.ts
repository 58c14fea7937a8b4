import { defineResource } from '@lares/core'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { changeAlarms, type Item } from './alarm/change.ts'
import { alarmChanges } from './alarm/diff.ts'
import { lookForDoubts } from './alarm/doubts.ts'
import { inputs } from './alarm/inputs.ts'
import { type Attributes, attributes, readMany } from './alarm/state.ts'
import { fileNameOf } from './alarm/text.ts'

const one = async (item: Item): Promise<Attributes | null> => {
  const [answer] = await changeAlarms([item])
  if (answer instanceof Error) throw answer
  return answer!
}

export const alarm = defineResource({
  type: 'netdata.alarm',
  description: 'An alarm of a Netdata agent, in a file of its own in health.d.',
  proof: 'real',
  provider: netdataProvider,
  needs: needsAgent,
  inputs,
  attributes,
  identity: (_, owner) => fileNameOf(owner),
  owner: ({ owner }) => owner,
  prepare: lookForDoubts,
  readMany,
  diff: alarmChanges,
  batch: changeAlarms,
  create: async (context) => (await one({ verb: 'create', context }))!,
  update: async (context) => (await one({ verb: 'update', context }))!,
  delete: async (context) => {
    await one({ verb: 'delete', context })
  },
})
