import { generateKeyPairSync, randomBytes } from 'node:crypto'

const text = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const TYPE = 'ssh-ed25519'
/** OpenSSH pads what it does not encrypt to blocks of eight bytes. */
const BLOCK = 8

/** A new SSH key pair as OpenSSH writes it: `PROTOCOL.key` of its sources, without a passphrase. */
export function newHostKey(): { private: string; public: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url')
  const blob = Buffer.concat([text(TYPE), text(point)])
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, blob, text(Buffer.concat([seed, point])), text('')])
  const padding = Buffer.from(
    Array.from({ length: (BLOCK - (secret.length % BLOCK)) % BLOCK }, (_, index) => index + 1),
  )
  const one = Buffer.alloc(4)
  one.writeUInt32BE(1)
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[text('none'), text('none'), text(''), one, text(blob), text(Buffer.concat([secret, padding]))],
  ])
  const lines = whole.toString('base64').match(/.{1,70}/g)!
  return {
    private: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    public: `${TYPE} ${blob.toString('base64')}`,
  }
}
