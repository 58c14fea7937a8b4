import type { Duplex } from 'node:stream'

/** Whom to take the other side of a connection for. */
export interface TlsTrust {
  /** SHA-256 of the one certificate that is taken, whoever signed it: 64 hexadecimal digits, with or without colons. */
  readonly fingerprint?: string | undefined
  /** Takes any certificate. */
  readonly insecure?: boolean | undefined
}

/** The other side did not prove who it is; nothing was said to it. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
  /** SHA-256 of the certificate that it has: `AB:CD:...` */
  readonly fingerprint: string

  constructor(message: string, fingerprint: string) {
    super(message)
    this.fingerprint = fingerprint
  }
}

/**
 * TLS over a stream, once the other side has proved to be `name`: by an authority that this machine knows, or by its
 * fingerprint. Rejects with a CertificateError, or what the connection says.
 */
export async function secured(stream: Duplex, name: string, trust: TlsTrust = {}): Promise<Duplex> {
  const { isIP } = process.getBuiltinModule('node:net')
  const { connect } = process.getBuiltinModule('node:tls')
  const socket = connect({
    ...{ socket: stream, host: name, rejectUnauthorized: false },
    ...(isIP(name) ? {} : { servername: name }),
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve).once('error', reject)
    socket.once('close', () => reject(new Error('the connection ended before it was secure')))
  })
  const seen = socket.getPeerCertificate().fingerprint256 ?? ''
  const complaint = complaintOf(trust, seen, socket.authorized, String(socket.authorizationError))
  if (complaint === undefined) return socket
  socket.destroy()
  throw new CertificateError(complaint, seen)
}

function complaintOf(
  { fingerprint, insecure = false }: TlsTrust,
  seen: string,
  authorized: boolean,
  reason: string,
): string | undefined {
  if (fingerprint !== undefined) {
    const digits = (text: string) => text.replaceAll(':', '').toUpperCase()
    return digits(fingerprint) === digits(seen) ? undefined : 'it has another certificate'
  }
  return insecure || authorized ? undefined : (reasons[reason] ?? reason)
}

/** Of what OpenSSL and Node say by code. */
const reasons: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it has a self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'it has a certificate of an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'it has a certificate of an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it has a certificate of an authority that this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}
