import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Received {
  path: string
  headers: IncomingMessage['headers']
  body: string
}

const listener =
  (received: Received[], status: () => number): RequestListener =>
  async (request, response) => {
    received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) })
    response.writeHead(status()).end('{}')
  }

/** A server that keeps what it is sent; with a folder it speaks TLS, with a certificate of its own. */
export async function startReceiver(folder?: string) {
  const received: Received[] = []
  const receiver = { received, status: 200, port: 0, url: '', close: () => void server.close() }
  const on = listener(received, () => receiver.status)
  const server = folder === undefined ? createServer(on) : createTlsServer(certificate(folder), on)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  receiver.port = (server.address() as AddressInfo).port
  receiver.url = `http://127.0.0.1:${receiver.port}`
  return receiver
}

function certificate(folder: string) {
  const [key, cert] = [`${folder}/key.pem`, `${folder}/cert.pem`]
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test', '-days', '2']
  execFileSync('openssl', [...words, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

/** A mail server, as far as a mail needs it (RFC 5321). */
export async function startMailServer() {
  const mails: { to: string[]; text: string }[] = []
  const server = createTcpServer((socket) => {
    let [pending, to, lines]: [string, string[], string[] | undefined] = ['', [], undefined]
    const hear = (line: string): string | undefined => {
      if (lines) {
        if (line !== '.') return void lines.push(line)
        mails.push({ to, text: lines.join('\n') })
        lines = undefined
        to = []
        return '250 kept'
      }
      if (/^RCPT TO:/i.test(line)) to.push(/<(.*)>/.exec(line)![1]!)
      if (!/^DATA/i.test(line)) return /^QUIT/i.test(line) ? '221 bye' : '250 yes'
      lines = []
      return '354 go on'
    }
    socket.write('220 test\r\n')
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const all = (pending + chunk).split('\r\n')
      pending = all.pop()!
      for (const line of all) {
        const answer = hear(line)
        if (answer) socket.write(`${answer}\r\n`)
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { mails, port: (server.address() as AddressInfo).port, close: () => void server.close() }
}
