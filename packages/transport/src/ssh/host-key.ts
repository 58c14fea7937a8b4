import { dirname } from 'node:path'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { HostError } from '../host-error.ts'
import { quote } from '../quote.ts'
import {
  fingerprint,
  judge,
  type KnownHost,
  keyTypeOf,
  knownHostsName,
  knownKeyTypes,
  parseKnownHosts,
} from './known-hosts.ts'
import type { SshSettings } from './settings.ts'
import { once, readOptional } from './user-file.ts'

/** What a connection needs to check a host's key. */
export interface HostKeyCheck {
  readonly algorithms: ServerHostKeyAlgorithm[]
  /** Undefined for the right key. */
  verify(key: Buffer): HostError | undefined
}

const algorithms: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/** Reads the known hosts; asks the host first for a type of key that is known, as OpenSSH does. */
export async function hostKeyCheck(settings: SshSettings): Promise<HostKeyCheck> {
  if (settings.hostKey !== undefined) return pinned(settings, settings.hostKey)
  const { hostKeyName: name, port } = settings
  const known: KnownHost[] = []
  for (const file of [...settings.userKnownHostsFiles, ...settings.globalKnownHostsFiles])
    known.push(...(await once(`known hosts ${file}`, () => readKnownHosts(file))))

  return {
    algorithms: preferring(knownKeyTypes(known, name, port)),
    verify(key) {
      const verdict = judge(known, name, port, key)
      switch (verdict.kind) {
        case 'known':
          return undefined
        case 'unknown':
          return unknownKey(settings, key)
        case 'changed':
          return changedKey(settings, key, verdict.instead)
        case 'revoked':
          return new HostError('host_key_revoked', `${shownAs(settings)}: the host key ${described(key)} is revoked`, {
            detail: `Revoked by ${verdict.by.file}, line ${verdict.by.line}.`,
          })
      }
    },
  }
}

const REPLACED = 'Either the machine was installed anew, or another one answers in its place.'

const readKnownHosts = async (file: string): Promise<KnownHost[]> =>
  parseKnownHosts((await readOptional(file)) ?? '', file)

function pinned(settings: SshSettings, expected: string): HostKeyCheck {
  const [type, base64] = expected.trim().split(/\s+/)
  const isFingerprint = expected.startsWith('SHA256:')
  if (!isFingerprint && !base64)
    throw new HostError(
      'config_invalid',
      `${shownAs(settings)}: hostKey is neither a public key nor a SHA256 fingerprint`,
    )
  return {
    algorithms: preferring(isFingerprint ? [] : [type!]),
    verify(key) {
      const right = isFingerprint ? fingerprint(key) === expected.trim() : key.toString('base64') === base64
      if (right) return undefined
      const wanted = isFingerprint ? expected.trim() : described(Buffer.from(base64!, 'base64'))
      return new HostError(
        'host_key_changed',
        `${shownAs(settings)}: the host key is ${described(key)}, but hostKey says ${wanted}`,
        {
          detail: REPLACED,
          advice: `Only if you know why it changed, say the new one: hostKey: '${keyTypeOf(key)} ${key.toString('base64')}'`,
        },
      )
    },
  }
}

function unknownKey(settings: SshSettings, key: Buffer): HostError {
  const name = knownHostsName(settings.hostKeyName, settings.port)
  const file = settings.userKnownHostsFiles[0] ?? '~/.ssh/known_hosts'
  const type = keyTypeOf(key)
  const line = `${name} ${type} ${key.toString('base64')}`
  return new HostError('host_key_unknown', `${shownAs(settings)}: the host key ${described(key)} is not known`, {
    detail: `The machine itself shows its fingerprint with: ssh-keygen -lf ${hostKeyFile(type)}`,
    advice: `If that is the same, accept it: mkdir -p ${quote(dirname(file))} && echo ${quote(line)} >> ${quote(file)}`,
  })
}

function changedKey(settings: SshSettings, key: Buffer, instead: KnownHost): HostError {
  const name = knownHostsName(settings.hostKeyName, settings.port)
  return new HostError(
    'host_key_changed',
    `${shownAs(settings)}: the host key has changed, it is now ${described(key)}`,
    {
      detail: `${instead.file}, line ${instead.line}, has ${described(Buffer.from(instead.key, 'base64'))}. ${REPLACED}`,
      advice: `Only if you know why it changed, forget the old key: ssh-keygen -R ${quote(name)} -f ${quote(instead.file)}`,
    },
  )
}

function preferring(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const known = (algorithm: ServerHostKeyAlgorithm) =>
    types.includes(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm)
  return [...algorithms.filter(known), ...algorithms.filter((algorithm) => !known(algorithm))]
}

function described(key: Buffer): string {
  return `${keyTypeOf(key)} ${fingerprint(key)}`
}

function shownAs({ user, hostName, port }: SshSettings): string {
  return `${user}@${hostName}:${port}`
}

function hostKeyFile(type: string): string {
  const name = type.startsWith('ecdsa-') ? 'ecdsa' : type === 'ssh-rsa' ? 'rsa' : 'ed25519'
  return `/etc/ssh/ssh_host_${name}_key.pub`
}
