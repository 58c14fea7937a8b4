import { expect, test } from 'vitest'
import { exportClient } from './export-client.ts'
import { asServerSees, mayUse } from './squash.ts'

const plex = { uid: 997, gids: [997, 33] }
const root = { uid: 0, gids: [0] }
const media = { uid: 33, gid: 33, mode: '0750' }

test.each([
  ['a user keeps its numbers', plex, {}, plex],
  ['root is nobody', root, {}, { uid: 65_534, gids: [65_534] }],
  ['root is root', root, { squash: 'none' }, root],
  ['all are one', plex, { squash: 'all', anonUid: 33, anonGid: 34 }, { uid: 33, gids: [34] }],
  ['the group of root is nobody, too', { uid: 5, gids: [0, 7] }, {}, { uid: 5, gids: [65_534, 7] }],
])('%s', (_, who, options, seen) => {
  expect(asServerSees(who, exportClient.parse({ host: '*', ...options }))).toEqual(seen)
})

test.each([
  ['its owner', { uid: 33, gids: [1] }, '0750', 'write', true],
  ['its owner, whom the mode keeps out', { uid: 33, gids: [33] }, '0070', 'read', false],
  ['its group', plex, '0750', 'read', true],
  ['its group, which may not write', plex, '0750', 'write', false],
  ['its group, which may', plex, '2775', 'write', true],
  ['others', { uid: 5, gids: [5] }, '0750', 'read', false],
  ['others, who may', { uid: 5, gids: [5] }, '0755', 'read', true],
  ['who may read names but not enter', { uid: 5, gids: [5] }, '0754', 'read', false],
  ['root', root, '0000', 'write', true],
] as const)('%s', (_, who, mode, verb, may) => {
  expect(mayUse(who, { ...media, mode }, verb)).toBe(may)
})
