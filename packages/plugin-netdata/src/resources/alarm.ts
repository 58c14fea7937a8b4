import { defineResource } from '@lares/core'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { changeAlarms } from './alarm/change.ts'
import { alarmChanges } from './alarm/diff.ts'
import { lookForDoubts } from './alarm/doubts.ts'
import { inputs } from './alarm/inputs.ts'
import { attributes, readMany } from './alarm/state.ts'
import { fileNameOf } from './alarm/text.ts'

export const alarm = defineResource({
  type: 'netdata.alarm',
  description: 'An alarm of a Netdata agent, in a file of its own in health.d.',
  proof: 'real',
  provider: netdataProvider,
  needs: needsAgent,
  inputs,
  attributes,
  identity: (_, owner) => fileNameOf(owner),
  // A file may still have the name that it had once.
  id: ({ owner, file }) => (owner ? `${owner.lab}/${owner.address}` : file),
  owner: ({ owner }) => owner,
  prepare: lookForDoubts,
  readMany,
  diff: alarmChanges,
  batch: changeAlarms,
})
