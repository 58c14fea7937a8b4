import { type CreateCase, create, onSharedNetwork } from './case.ts'

const file = (services: string): string => `${onSharedNetwork}services: { ${services} }\n`

/** How services are called, scaled, and depend on each other. */
export const services: CreateCase[] = [
  create('names of containers', file('web: { image: i, container_name: cc-own }, "my.web_2-x": { image: i }')),
  create(
    'scale',
    file('web: { image: i, scale: 3 }, none: { image: i, scale: 0 }, db: { image: i, deploy: { replicas: 2 } }'),
  ),
  create('one name for several containers', file('web: { image: i, container_name: cc-two, scale: 2 }'), {
    refused: /2 times/,
  }),
  create(
    'one name for two services',
    file('web: { image: i, container_name: cc-same }, db: { image: i, container_name: cc-same }'),
    {
      refused: /cc-same/,
    },
  ),
  create('a name that no container can have', file('web: { image: i, container_name: "cc wrong" }'), {
    refused: /"cc wrong" is no name of a container/,
  }),
  create(
    'dependencies',
    file(
      'web: { image: i, depends_on: { db: { condition: service_healthy, restart: true }, init: { condition: service_completed_successfully, required: false } } }, db: { image: i, depends_on: [init] }, init: { image: i }',
    ),
  ),
  create('profiles', file('web: { image: i, profiles: [x] }, db: { image: i, profiles: [y] }, cache: { image: i }'), {
    profiles: ['y'],
  }),
  create(
    'a dependency that no profile has',
    file(
      'web: { image: i, depends_on: { db: { condition: service_started, required: false } } }, db: { image: i, profiles: [y] }',
    ),
  ),
  create(
    'environment and labels from files',
    file(
      'web: { image: i, env_file: [web.env, { path: none.env, required: false }], label_file: web.labels, environment: { A: own, E: }, labels: { l: own } }',
    ),
    { with: { 'web.env': 'A=1\nB=two words\nC=$${X}\n', 'web.labels': 'l=1\nm=2\n', '.env': 'E=env\n' } },
  ),
  create(
    'what is extended',
    file(
      'web: { image: i, extends: base, environment: [B=2] }, base: { image: i, environment: [A=1], cap_add: [NET_ADMIN] }',
    ),
  ),
  create('what is included', `include: [more.yaml]\n${file('web: { image: i }')}`, {
    with: { 'more.yaml': 'services: { more: { image: "%IMAGE%", network_mode: none } }\n' },
  }),
  create('a second file', file('web: { image: i, environment: [A=1], ports: ["81:81"] }'), {
    with: {
      'override.yaml':
        'services: { web: { environment: [A=2, B=3], ports: !override ["82:82"], command: [sleep, "9"] } }\n',
    },
  }),
  create(
    'anchors and extensions',
    `x-all: &all { restart: always, init: true }\n${file('web: { <<: *all, image: i, x-mine: 5 }')}`,
  ),
  create(
    'pull policies',
    file(
      'a: { image: i, pull_policy: never }, b: { image: i, pull_policy: missing }, c: { image: i, pull_policy: if_not_present }',
    ),
  ),
  create('platform', file('web: { image: i, platform: linux/amd64 }')),
  create(
    'restart policy of deploy',
    file(
      'a: { image: i, deploy: { restart_policy: { condition: any } } }, b: { image: i, restart: always, deploy: { restart_policy: { condition: none } } }, c: { image: i, deploy: { restart_policy: { condition: on-failure, max_attempts: 4 } } }',
    ),
  ),
  create(
    'restart policy of deploy without a condition',
    file('web: { image: i, restart: always, deploy: { restart_policy: { max_attempts: 3, delay: 5s } } }'),
    {
      means: ['attempts'],
      warns: ['services.web.deploy.restart_policy', 'services.web.deploy.restart_policy.delay'],
    },
  ),
  create(
    'restart policy of deploy with attempts and always',
    file('web: { image: i, deploy: { restart_policy: { condition: any, max_attempts: 3 } } }'),
    {
      onlyLares: 'attempts',
      warns: ['services.web.deploy.restart_policy.max_attempts'],
    },
  ),
  create(
    'limits of deploy and of the service',
    file(
      'web: { image: i, cpus: 0.5, mem_limit: 64m, mem_reservation: 32m, memswap_limit: 128m, pids_limit: 9, deploy: { resources: { limits: { cpus: "0.5", memory: 64m, pids: 9 }, reservations: { memory: 32m } } } }',
    ),
  ),
  create(
    'swap',
    file(
      'a: { image: i, mem_limit: 64m, memswap_limit: -1 }, b: { image: i, mem_limit: 64m, memswap_limit: 64m }, c: { image: i, mem_swappiness: 60 }',
    ),
  ),
  create(
    'what changes nothing in a container',
    file(
      'web: { image: i, attach: false, ports: [{ target: 80, published: "8088", name: w, app_protocol: http, mode: host }], develop: { watch: [{ path: ., action: sync, target: /app }] } }',
    ),
    {
      warns: ['services.web.develop'],
    },
  ),
  create(
    'paths of the system',
    file('web: { image: i, security_opt: ["systempaths=unconfined", "seccomp=unconfined"] }'),
  ),
  create('a seccomp profile', file('web: { image: i, security_opt: ["seccomp:./profile.json"] }'), {
    with: { 'profile.json': '{\n "defaultAction": "SCMP_ACT_ALLOW"\n}\n' },
  }),
  create(
    'what is included, in full',
    `include: [{ path: sub/more.yaml, env_file: sub/x.env, project_directory: sub }]\n${file('web: { image: i }')}`,
    {
      with: {
        'sub/more.yaml':
          'services: { more: { image: "%IMAGE%", network_mode: none, environment: ["X=${X}"], volumes: ["./in:/in"] } }\n',
        'sub/x.env': 'X=of the included\n',
      },
    },
  ),
  create('an environment file as it stands', file('web: { image: i, env_file: [{ path: web.env, format: raw }] }'), {
    onlyLares: 'rawEnvironment',
    with: { 'web.env': "A='$X'\nB=1 # 2\n" },
  }),
  create(
    'attributes in full that nothing comes of',
    file(
      'web: { image: i, credential_spec: { registry: r }, deploy: { rollback_config: { delay: 1s, failure_action: pause, max_failure_ratio: 0.1, monitor: 2s } }, develop: { watch: [{ path: ., action: sync+exec, target: /x, ignore: [y], exec: { command: make, user: root, privileged: true, working_dir: /, environment: [A=1] } }] }, pre_stop: [{ command: [a], user: root, privileged: true, working_dir: / }] }',
    ),
    { warns: ['credential_spec', 'deploy.rollback_config', 'develop'].map((it) => `services.web.${it}`) },
  ),
  create(
    'devices of a driver in full',
    file(
      'web: { image: i, gpus: [{ driver: nvidia, device_ids: ["0", "1"], options: { a: b }, capabilities: [compute] }] }',
    ),
    {
      means: ['gpus'],
    },
  ),
]
