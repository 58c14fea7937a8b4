import { type Case, compose } from './case.ts'

const service = (build: string, rest = ''): string => `services: { web: { build: ${build} } }\n${rest}`

/** What is built. */
export const building: Case[] = [
  compose('build: a directory', service('./dir')),
  compose('build: only a dockerfile', service('{ dockerfile: Dockerfile.dev }')),
  compose('build: inline', service('{ dockerfile_inline: "FROM alpine" }')),
  compose('build: inline and a file', service('{ dockerfile_inline: "FROM alpine", dockerfile: D }')),
  compose('build: a URL', service('https://github.com/owner/name.git#main:sub')),
  compose('build: a repository over SSH', service('{ context: "git@github.com:owner/name.git" }')),
  compose('build: arguments as a list', service('{ args: [A=1, B, C=] }'), { '.env': 'B=from-env\n' }),
  compose('build: arguments as a mapping', service('{ args: { A: 1, B: , C: "", D: true } }')),
  compose(
    'build: caches, tags and platforms',
    service(
      '{ cache_from: [a, "type=local,src=x"], cache_to: [b], tags: [x:1, y:2], platforms: [linux/amd64, linux/arm64] }',
    ),
  ),
  compose(
    'build: limits',
    service(
      '{ shm_size: 1g, ulimits: { nofile: 5, nproc: { soft: 1, hard: 2 } }, privileged: true, network: host, isolation: default }',
    ),
  ),
  compose(
    'build: target, labels, hosts',
    service('{ target: prod, labels: [a=b, c], extra_hosts: ["h=10.0.0.1"], no_cache: true, pull: true }'),
  ),
  compose(
    'build: more contexts',
    service('{ additional_contexts: { src: ./src, img: "docker-image://alpine", url: "https://example.com/x" } }'),
  ),
  compose(
    'build: secrets',
    service(
      '{ secrets: [s, { source: s, target: t, uid: "1", gid: "2", mode: 0400 }] }',
      'secrets: { s: { file: ./s } }',
    ),
  ),
  compose('build: a secret that is not declared', service('{ secrets: [s] }')),
  compose('build: entitlements', service('{ entitlements: [security.insecure] }')),
  compose('build: an unknown attribute', service('{ contxt: . }')),
  compose(
    'build: a platform that is not built',
    'services: { web: { platform: linux/amd64, build: { platforms: [linux/arm64] } } }',
  ),
  compose('build and image', 'services: { web: { image: me/web:1, build: . } }'),
  compose('neither image nor build', 'services: { web: { command: x } }'),
]
