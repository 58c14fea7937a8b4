import type { Owner } from '@lares/core'
import { all, at, element, get, made, remove, type Xml } from '../../client/index.ts'
import { NAMESPACE } from '../owner.ts'

/** A disk that is made with the guest, and what of it libvirt's document has no place for. */
export interface DiskMark {
  name: string
  target: string
  pool?: string
  volume?: string
  image?: string
  role?: string
  /** What the volume is called once a new guest has taken its place. */
  aside?: string
}

/** The digest of a seed that is being written. */
export const UNWRITTEN = ''

/** What Lares writes into a guest's document: whose it is, what its parts are called, and what is left to do. */
export interface Mark {
  owner?: Owner
  pending?: 'create' | 'start' | 'replace' | 'restart'
  disks: DiskMark[]
  /** MAC addresses by the names of interfaces. */
  interfaces: { name: string; mac: string }[]
  seed?: { target: string; pool: string; volume: string; digest: string }
  /** Public. */
  hostKey?: string
  setAside: string[]
}

export function readMark(domain: Xml): Mark {
  const root = at(domain, 'metadata/lares:domain')
  const { lab, address, pending } = root?.attributes ?? {}
  const seed = at(root, 'lares:seed')?.attributes
  const hostKey = get(root, 'lares:host-key')
  return {
    ...(lab === undefined || address === undefined ? {} : { owner: { lab, address } }),
    ...(isPending(pending) ? { pending } : {}),
    disks: all(root, 'lares:disk').map(({ attributes }) => ({ ...attributes }) as unknown as DiskMark),
    interfaces: all(root, 'lares:interface').map(({ attributes: { name = '', mac = '' } }) => ({ name, mac })),
    ...(seed ? { seed: { ...seed } as unknown as NonNullable<Mark['seed']> } : {}),
    ...(hostKey === undefined ? {} : { hostKey }),
    setAside: all(root, 'lares:set-aside').map(({ attributes: { path = '' } }) => path),
  }
}

/** Writes a mark in place of the one that is there. */
export function writeMark(domain: Xml, { owner, pending, disks, interfaces, seed, hostKey, setAside }: Mark): void {
  remove(domain, 'metadata/lares:domain')
  made(domain, 'metadata').children.push(
    element(
      'lares:domain',
      { 'xmlns:lares': NAMESPACE, lab: owner?.lab, address: owner?.address, pending },
      ...disks.map((disk) => element('lares:disk', { ...disk })),
      ...interfaces.map((each) => element('lares:interface', { ...each })),
      seed && element('lares:seed', { ...seed }),
      hostKey === undefined ? undefined : element('lares:host-key', {}, hostKey),
      ...setAside.map((path) => element('lares:set-aside', { path })),
    ),
  )
}

const isPending = (text: string | undefined): text is NonNullable<Mark['pending']> =>
  text === 'create' || text === 'start' || text === 'replace' || text === 'restart'
