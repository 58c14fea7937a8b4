import { type CreateCase, create, onSharedNetwork } from './case.ts'

const file = (volumes: string, more = ''): string =>
  `${onSharedNetwork}services: { web: { image: i, volumes: ${volumes} } }\n${more}`

/** Volumes, host paths, configs and secrets. */
export const storage: CreateCase[] = [
  create(
    'volumes in short',
    file('["data:/data", "data:/ro:ro", "data:/nc:nocopy", /anonymous, "more:/more:rw"]', 'volumes: { data: , more: }'),
  ),
  create(
    'volumes in full',
    file(
      '[{ type: volume, source: data, target: /data, read_only: true, volume: { nocopy: true } }, { type: volume, target: /anonymous }]',
      'volumes: { data: }',
    ),
  ),
  create(
    'options of volumes',
    file(
      '["data:/data", "bound:/bound", "named:/named"]',
      'volumes: { data: { labels: { a: b } }, bound: { driver: local, driver_opts: { type: tmpfs, o: "size=1m", device: tmpfs } }, named: { name: cc-volume } }',
    ),
  ),
  create('a name that no volume can have', file('["data:/data"]', 'volumes: { data: { name: cc/wrong } }'), {
    refused: /"cc\/wrong" is no name of a volume/,
  }),
  create('external volumes', file('["ext:/ext"]', 'volumes: { ext: { external: true, name: compose-create } }')),
  create(
    'an external volume that is not there',
    file('["ext:/ext"]', 'volumes: { ext: { external: true, name: cc-absent } }'),
    {
      refused: /cc-absent/,
    },
  ),
  create(
    'a part of a volume',
    file('[{ type: volume, source: data, target: /data, volume: { subpath: a/b } }]', 'volumes: { data: }'),
    { onlyCompose: 'subpath' },
  ),
  create('host paths in short', file('["./rel:/rel", "./ro:/ro:ro", ".:/dot", "~/home:/home", "/srv/cc:/srv"]')),
  create(
    'host paths with options',
    file('["./a:/a:z", "./b:/b:ro,Z", "./c:/c:rslave", "./d:/d:rw,rshared", "./e:/e:cached"]'),
  ),
  create(
    'host paths in full',
    file(
      '[{ type: bind, source: ./a, target: /a }, { type: bind, source: ./b, target: /b, read_only: true, bind: { propagation: rslave } }, { type: bind, source: ./c, target: /c, bind: { create_host_path: true } }, { type: bind, source: ./d, target: /d, bind: { create_host_path: false, recursive: disabled } }, { type: bind, source: ./e, target: /e, bind: { selinux: z, create_host_path: true } }]',
    ),
    { means: ['recursive'] },
  ),
  create(
    'SELinux without the path being made',
    file('[{ type: bind, source: ./e, target: /e, bind: { selinux: Z } }]'),
    {
      means: ['selinux'],
    },
  ),
  create('consistency of host paths', file('[{ type: bind, source: ./a, target: /a, consistency: cached }]'), {
    warns: ['services.web.volumes[0].consistency'],
  }),
  create(
    'mounts below a read-only path',
    file('[{ type: bind, source: ./a, target: /a, read_only: true, bind: { recursive: writable } }]'),
  ),
  create(
    'mounts below that have to be read-only',
    file('[{ type: bind, source: ./a, target: /a, read_only: true, bind: { recursive: readonly } }]'),
    {
      onlyCompose: 'recursive',
    },
  ),
  create(
    'a path that is made and is not recursive',
    file('[{ type: bind, source: ./a, target: /a, bind: { create_host_path: true, recursive: disabled } }]'),
    {
      onlyCompose: 'recursive',
    },
  ),
  create(
    'memory',
    file(
      '[{ type: tmpfs, target: /t, tmpfs: { size: 10m, mode: 0777 } }, { type: tmpfs, target: /u }, { type: tmpfs, target: /v, tmpfs: { size: 1000 } }]',
    ),
  ),
  create(
    'memory as an attribute',
    `${onSharedNetwork}services: { web: { image: i, tmpfs: ["/run:size=64m,mode=1777", "/tmp", "/x:exec,size=1g"] } }`,
    {
      means: ['tmpfs'],
    },
  ),
  create('options of another type of mount', file('["data:/data:z"]', 'volumes: { data: }'), {
    warns: ['services.web.volumes[0].bind'],
  }),
  create('a pipe of Windows', file('[{ type: npipe, source: pipe, target: /p }]'), { refused: /npipe/ }),
  create(
    'volumes of another service',
    `${onSharedNetwork}services: { web: { image: i, volumes_from: [db] }, db: { image: i, volumes: ["data:/data"], scale: 2 } }\nvolumes: { data: }`,
  ),
  create(
    'volumes of another service, read-only',
    `${onSharedNetwork}services: { web: { image: i, volumes_from: ["db:ro", "container:cc-volumes:ro"] }, db: { image: i, volumes: [/data] , container_name: cc-volumes } }`,
    { means: ['volumesFrom'] },
  ),
  create(
    'configs and secrets of files',
    `${onSharedNetwork}services: { web: { image: i, configs: [a, { source: a, target: /etc/b }, { source: a, target: c/d }], secrets: [x, { source: x, target: why }, { source: x, target: /etc/x }] } }\nconfigs: { a: { file: ./a } }\nsecrets: { x: { file: ./x } }`,
    { with: { a: 'a', x: 'x' } },
  ),
  create(
    'rights of configs and secrets of files',
    `${onSharedNetwork}services: { web: { image: i, configs: [{ source: a, uid: "1" }], secrets: [{ source: x, gid: "2", mode: 0400 }] } }\nconfigs: { a: { file: ./a } }\nsecrets: { x: { file: ./x } }`,
    {
      with: { a: 'a', x: 'x' },
      warns: ['services.web.secrets[0].gid', 'services.web.secrets[0].mode', 'services.web.configs[0].uid'],
    },
  ),
  create(
    'configs and secrets that are put in',
    `${onSharedNetwork}services: { web: { image: i, configs: [inline, { source: variable, target: /etc/v, uid: "5", gid: "6", mode: 0440 }], secrets: [token, { source: token, target: other, uid: "7", mode: 0400 }] } }\nconfigs: { inline: { content: "hello \${WHO}" }, variable: { environment: TOKEN } }\nsecrets: { token: { environment: TOKEN } }`,
    { with: { '.env': 'TOKEN=t0ken\nWHO=you\n' } },
  ),
  create(
    'a volume in place of a config',
    `${onSharedNetwork}services: { web: { image: i, volumes: ["./own:/a"], configs: [a] } }\nconfigs: { a: { file: ./a } }`,
    { with: { a: 'a' } },
  ),
  create(
    'a secret of a variable that is not set',
    `${onSharedNetwork}services: { web: { image: i, secrets: [token] } }\nsecrets: { token: { environment: NOWHERE } }`,
    { refused: /NOWHERE is not set/ },
  ),
  create(
    'something to be put into a read-only container',
    `${onSharedNetwork}services: { web: { image: i, read_only: true, secrets: [token] } }\nsecrets: { token: { environment: TOKEN } }`,
    { with: { '.env': 'TOKEN=t0ken\n' }, refused: /read-only container/ },
  ),
  create(
    'an external config',
    `${onSharedNetwork}services: { web: { image: i, configs: [a] } }\nconfigs: { a: { external: true } }`,
    {
      refused: /external/,
    },
  ),
  create(
    'an external secret',
    `${onSharedNetwork}services: { web: { image: i, secrets: [a] } }\nsecrets: { a: { external: true, name: b } }`,
    {
      refused: /external/,
    },
  ),
  create(
    'a secret of a driver',
    `${onSharedNetwork}services: { web: { image: i, secrets: [a] } }\nsecrets: { a: { file: ./a, driver: vault } }`,
    { with: { a: 'a' }, refused: /driver/ },
  ),
  create(
    'a config with a template',
    `${onSharedNetwork}services: { web: { image: i, configs: [a] } }\nconfigs: { a: { file: ./a, template_driver: golang } }`,
    { with: { a: 'a' }, refused: /template_driver/ },
  ),
  create(
    'labels and names of configs and secrets',
    `${onSharedNetwork}services: { web: { image: i, configs: [a], secrets: [b] } }\nconfigs: { a: { file: ./a, name: c, labels: [x] } }\nsecrets: { b: { file: ./a, name: s, labels: [x] } }`,
    { with: { a: 'a' }, warns: ['configs.a.labels', 'secrets.b.labels'] },
  ),
  create(
    'an external volume in the old way',
    file('["ext:/ext"]', 'volumes: { ext: { external: { name: compose-create } } }'),
  ),
  create(
    'external configs and secrets in the old way',
    `${onSharedNetwork}services: { web: { image: i, configs: [a], secrets: [b] } }\nconfigs: { a: { external: { name: x } } }\nsecrets: { b: { external: { name: y } } }`,
    { refused: /external/ },
  ),
  create(
    'a secret of a driver, in full',
    `${onSharedNetwork}services: { web: { image: i, secrets: [a] } }\nsecrets: { a: { driver: vault, driver_opts: { x: 1 }, template_driver: golang } }`,
    { refused: /One of file/ },
  ),
]
