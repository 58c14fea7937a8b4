import { type CreateCase, create, IMAGE, onSharedNetwork } from './case.ts'

const file = (build: string, more = ''): string => `${onSharedNetwork}services: { web: { build: ${build}${more} } }\n`
const dockerfile = `FROM ${IMAGE} AS first\nARG WHO=nobody\nENV WHO=$WHO\nCOPY text /text\nFROM ${IMAGE} AS last\nLABEL from=last\n`
const context = {
  'ctx/Dockerfile': dockerfile,
  'ctx/text': 'text',
  'ctx/other.Dockerfile': `FROM ${IMAGE}\nENV OTHER=1\n`,
}

/** What is built, by the engine's own builder. */
export const building: CreateCase[] = [
  create('a directory', file('./ctx'), { with: context, means: ['imageName', 'imageLabels'] }),
  create('a name of its own', file('./ctx', ', image: cc-built:1'), { with: context, means: ['imageLabels'] }),
  create(
    'arguments, target, labels, tags',
    file(
      '{ context: ctx, args: { WHO: me }, target: first, labels: { of: image }, tags: ["cc-tagged:1"], no_cache: false, shm_size: 8m, extra_hosts: ["h:10.0.0.1"], network: none, ulimits: { nofile: 50 } }',
    ),
    { with: context, means: ['imageName', 'imageLabels'] },
  ),
  create('another Dockerfile', file('{ context: ctx, dockerfile: other.Dockerfile }'), {
    with: context,
    means: ['imageName', 'imageLabels'],
  }),
  create('a Dockerfile outside of the context', file('{ context: ctx, dockerfile: ../outside.Dockerfile }'), {
    with: { ...context, 'outside.Dockerfile': `FROM ${IMAGE}\nENV OUTSIDE=1\nCOPY text /text\n` },
    means: ['imageName', 'imageLabels'],
  }),
  create('an inline Dockerfile', file(`{ context: empty, dockerfile_inline: "FROM ${IMAGE}\\nENV INLINE=1" }`), {
    with: { 'empty/text': '' },
    onlyLares: 'inlineDockerfile',
  }),
  create(
    'one platform, a cache, newer bases',
    file(
      `{ context: ctx, platforms: [linux/amd64], cache_from: ["${IMAGE}"], pull: true, ulimits: { nofile: { soft: 50, hard: 60 } } }`,
    ),
    { with: context, means: ['imageName', 'imageLabels'] },
  ),
  create('several platforms', file('{ context: ctx, platforms: [linux/amd64, linux/arm64] }'), {
    with: context,
    means: ['imageName', 'imageLabels'],
    warns: ['services.web.build.platforms'],
  }),
  create(
    'what only BuildKit does',
    `${file('{ context: ctx, ssh: [default], secrets: [s, { source: s, target: t, uid: "1", gid: "2", mode: 0400 }], entitlements: [security.insecure], cache_to: ["type=local,dest=x"], privileged: true, isolation: hyperv }')}secrets: { s: { file: ./s } }\n`,
    {
      with: { ...context, s: 's' },
      onlyLares: 'buildkit',
      warns: ['cache_to', 'entitlements', 'isolation', 'privileged', 'secrets', 'ssh'].map(
        (it) => `services.web.build.${it}`,
      ),
    },
  ),
  create('more contexts', file('{ context: ctx, additional_contexts: { more: ./more } }'), {
    with: { ...context, 'more/x': 'x' },
    refused: /images of the same names/,
  }),
  create('a repository', file('"https://example.com/owner/name.git#main"'), { refused: /is not supported/ }),
]
