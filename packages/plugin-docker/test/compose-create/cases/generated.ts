import { type CreateCase, IMAGE } from './case.ts'

/** Attributes that can stand together, with values that differ in form or meaning; the first one is that it is not said. */
const values: Record<string, readonly string[]> = {
  command: ['', '[sleep, "9"]'],
  entrypoint: ['', '[]', '[sh, -c]'],
  environment: ['', '{ A: 1, PATH: , C: "" }'],
  labels: ['', '[a=b, "c=d=e"]'],
  ports: ['', '["8080", "127.0.0.1:9000-9001:90-91/udp"]'],
  expose: ['', '["80/tcp", "53/udp"]'],
  volumes: ['', '["data:/d", "./b:/b:ro"]', '[{ type: tmpfs, target: /t }]'],
  tmpfs: ['', '[/run]'],
  networks: ['', '[one, two]', '{ one: { aliases: [x], priority: 5 } }'],
  depends_on: ['', '{ other: { condition: service_healthy } }'],
  links: ['', '["other:o"]'],
  healthcheck: ['', '{ test: "true", interval: 10s, retries: 2 }', '{ disable: true }'],
  deploy: ['', '{ replicas: 2 }', '{ resources: { limits: { memory: 64m } } }'],
  logging: ['', '{ driver: local }', '{ options: { max-size: 5m } }'],
  configs: ['', '[{ source: conf, target: /c }]'],
  secrets: ['', '[sec]'],
  ulimits: ['', '{ nofile: { soft: 10, hard: 20 } }'],
  extra_hosts: ['', '["b:10.0.0.2", "a:10.0.0.1", "a:10.0.0.3"]'],
  dns: ['', '[10.0.0.2, 10.0.0.1]'],
  sysctls: ['', '{ net.core.somaxconn: 1024 }'],
  restart: ['', 'unless-stopped'],
  init: ['', 'true'],
  user: ['', '"1000:1000"'],
  cap_add: ['', '[SYS_TIME, NET_ADMIN]'],
  stop_grace_period: ['', '30s'],
}

type Row = Record<string, string>

const pairKey = (a: string, b: string) => (a < b ? `${a}\n${b}` : `${b}\n${a}`)
const chosen = (attribute: string, value: string) => `${attribute}: ${value}`

/** Every two values of any two attributes, as few rows as a greedy choice needs. */
function pairwise(): Row[] {
  const attributes = Object.keys(values)
  const missing = new Set<string>()
  for (const [index, a] of attributes.entries()) {
    for (const b of attributes.slice(index + 1)) {
      for (const one of values[a]!)
        for (const other of values[b]!) missing.add(pairKey(chosen(a, one), chosen(b, other)))
    }
  }
  const rows: Row[] = []
  while (missing.size > 0) {
    const [first = ''] = missing
    const row: Row = Object.fromEntries(first.split('\n').map((it) => it.split(/: (.*)/s) as [string, string]))
    for (const attribute of attributes) row[attribute] ??= bestValue(attribute, row, missing)
    for (const [index, a] of attributes.entries()) {
      for (const b of attributes.slice(index + 1)) missing.delete(pairKey(chosen(a, row[a]!), chosen(b, row[b]!)))
    }
    rows.push(row)
  }
  return rows
}

/** The value that covers the most pairs with what the row has already. */
function bestValue(attribute: string, row: Row, missing: ReadonlySet<string>): string {
  const gain = (value: string) =>
    Object.entries(row).filter(([other, its]) => missing.has(pairKey(chosen(attribute, value), chosen(other, its))))
      .length
  return values[attribute]!.toSorted((a, b) => gain(b) - gain(a))[0]!
}

const objects = `networks: { one: , two: { internal: true } }
volumes: { data: }
configs: { conf: { file: ./conf } }
secrets: { sec: { file: ./sec } }`

/** Any two attributes, set and not set, in any of their forms. */
export const generated: CreateCase[] = pairwise().map((row, index) => {
  const said = Object.entries(row).filter(([, value]) => value !== '')
  const web = said.map(([attribute, value]) => `    ${attribute}: ${value}\n`).join('')
  const text = `services:\n  web:\n    image: "${IMAGE}"\n${web}  other: { image: "${IMAGE}", networks: [one] }\n${objects}\n`
  return { name: `combination ${index + 1}`, files: { 'compose.yaml': text, conf: 'c', sec: 's' } }
})
