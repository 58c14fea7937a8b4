import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** What it does to answers. */
export interface Fault {
  /** Milliseconds that each answer takes longer. */
  delay?: number
  /** How many answers still pass; the ones after are lost. */
  passes?: number
  /** Answers after that come as halves, instead of being lost. */
  halves?: boolean
}

export interface UdpProxy {
  readonly address: string
  readonly port: number
  /** What goes wrong from now on; nothing without. */
  fault(fault?: Fault): void
  close(): void
}

/** Stands between clients and a BMC, and spoils what it answers. */
export async function startProxy(to: { address: string; port: number }, address: string): Promise<UdpProxy> {
  const front = createSocket('udp4')
  const backs = new Map<string, Socket>()
  const timers = new Set<NodeJS.Timeout>()
  let fault: Fault = {}

  const answer = (message: Buffer, client: RemoteInfo) => {
    const { delay = 0, halves = false } = fault
    const isOver = fault.passes === 0
    if (fault.passes !== undefined && !isOver) fault.passes -= 1
    if (isOver && !halves) return
    const sent = isOver ? message.subarray(0, message.length >> 1) : message
    const timer = setTimeout(() => {
      timers.delete(timer)
      front.send(sent, client.port, client.address)
    }, delay)
    timers.add(timer)
  }

  front.on('message', (message, client) => {
    const key = `${client.address}:${client.port}`
    let back = backs.get(key)
    if (!back) {
      back = createSocket('udp4').on('message', (reply) => answer(reply, client))
      back.on('error', () => {})
      backs.set(key, back)
    }
    back.send(message, to.port, to.address)
  })
  front.bind(0, address)
  await once(front, 'listening')
  return {
    address,
    port: front.address().port,
    fault: (next = {}) => {
      fault = { ...next }
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
      for (const socket of [front, ...backs.values()]) socket.close()
    },
  }
}
