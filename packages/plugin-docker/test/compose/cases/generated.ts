import { type Case, override } from './case.ts'

/** Attributes with two values each, so that each can stand in one file and again in the next. */
const values: Record<string, readonly [string, string]> = {
  command: ['a b', '[c, d]'],
  entrypoint: ['[x]', 'y z'],
  environment: ['{ A: 1, B: }', '[A=2, C=3]'],
  labels: ['[l=1]', '{ l: 2, m: "" }'],
  ports: ['["8080:80", 90]', '[{ target: 80, published: "8080" }, "91:91"]'],
  volumes: ['["data:/d", "./b:/b"]', '[{ type: tmpfs, target: /d }, "data:/e:ro"]'],
  networks: ['[one]', '{ one: { aliases: [x] }, two: { priority: 3 } }'],
  depends_on: ['[third]', '{ third: { condition: service_healthy } }'],
  healthcheck: ['{ test: a, interval: 10s }', '{ test: [CMD, b], retries: 2 }'],
  deploy: ['{ resources: { limits: { pids: 7 } } }', '{ labels: [d], restart_policy: { delay: 1s } }'],
  build: ['./ctx', '{ args: [A=1], target: t }'],
  logging: ['{ driver: local }', '{ options: { max-size: 5 } }'],
  configs: ['[conf]', '[{ source: conf, target: /c }]'],
  secrets: ['[{ source: sec, uid: "5" }]', '[sec]'],
  ulimits: ['{ nofile: 5 }', '{ nofile: { soft: 1, hard: 2 } }'],
  extra_hosts: ['["a:10.0.0.1"]', '{ b: "::1" }'],
  dns: ['1.1.1.1', '[2.2.2.2]'],
  sysctls: ['{ a: 1 }', '[a=2]'],
}

const objects = `networks: { one: , two: { internal: true } }
volumes: { data: { labels: [v] } }
configs: { conf: { content: "$\${x}" } }
secrets: { sec: { file: ./sec } }`

/** Every two attributes, in both orders of their values: one in the first file, the other in the second, then together. */
export const generated: Case[] = Object.keys(values).flatMap((one, index, names) =>
  names.slice(index + 1).map((other) => {
    const [oneFirst, oneThen] = values[one]!
    const [otherFirst, otherThen] = values[other]!
    const first = `services: { web: { image: i, ${one}: ${oneFirst}, ${other}: ${otherFirst} }, other: { image: o, extends: base }, base: { ${one}: ${oneThen}, image: b }, third: { image: t } }`
    const then = `services: { web: { ${other}: ${otherThen}, ${one}: ${oneThen} }, other: { ${other}: ${otherFirst} } }`
    return override(`${one} with ${other}`, `${first}\n${objects}`, then)
  }),
)
