/** The least that gives the same result: bare requests over ten kept sockets; labels tell which containers are as wanted. */
import { createHash } from 'node:crypto'
import { Agent, request } from 'node:http'

const { BENCH_COUNT, BENCH_IMAGE, BENCH_VERSION } = process.env as Record<string, string>
const verb = process.argv[2] as 'create' | 'no-op' | 'change' | 'destroy'
const label = 'bench.floor'
const atOnce = 10
const agent = new Agent({ keepAlive: true, maxSockets: atOnce })

function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' }
    const sent = request(
      { socketPath: '/var/run/docker.sock', method, path: `/v1.41${path}`, agent, headers },
      (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += chunk))
        answer.on('end', () => {
          if (answer.statusCode! < 400) resolve((text === '' ? undefined : JSON.parse(text)) as T)
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`))
        })
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function all<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < items.length) await act(items[next++]!)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

interface Wanted {
  name: string
  digest: string
  body: object
}

const wanted: Wanted[] = Array.from({ length: Number(BENCH_COUNT) }, (_, i) => {
  const body = { Image: BENCH_IMAGE, Env: [`VERSION=${i === 0 ? BENCH_VERSION : '1'}`] }
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  return { name: `bench-floor-${i}`, digest, body: { ...body, Labels: { [label]: digest } } }
})

async function make({ name, body }: Wanted): Promise<void> {
  const { Id } = await call<{ Id: string }>('POST', `/containers/create?name=${name}`, body)
  await call('POST', `/containers/${Id}/start`)
}

async function drop(id: string): Promise<void> {
  await call('POST', `/containers/${id}/stop`)
  await call('DELETE', `/containers/${id}`)
}

const filters = encodeURIComponent(JSON.stringify({ label: [label] }))
const listed = await call<{ Id: string; Names: string[]; State: string; Labels: Record<string, string> }[]>(
  'GET',
  `/containers/json?all=1&filters=${filters}`,
)
const found = new Map(listed.map((container) => [container.Names[0]!.slice(1), container]))
if (verb === 'destroy') await all([...found.values()], ({ Id }) => drop(Id))
else {
  const different = wanted.filter(({ name, digest }) => {
    const container = found.get(name)
    return container?.Labels[label] !== digest || container.State !== 'running'
  })
  await all(different, async (each) => {
    const old = found.get(each.name)
    if (old) await drop(old.Id)
    await make(each)
  })
}
agent.destroy()
