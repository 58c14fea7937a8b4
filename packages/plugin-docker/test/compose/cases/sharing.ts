import { type Case, compose, override } from './case.ts'

/** `extends`, `include`, and YAML's own anchors. */
export const sharing: Case[] = [
  compose(
    'extends: short',
    'services: { a: { extends: b, labels: [x] }, b: { image: i, labels: [y], ports: ["80:80"] } }',
  ),
  compose(
    'extends: same file',
    'services: { a: { extends: { service: b }, environment: { X: 2 } }, b: { image: i, environment: [X=1, Y=1], command: a b } }',
  ),
  compose(
    'extends: everything of the base',
    'services: { a: { extends: b, container_name: own }, b: { image: i, container_name: x, depends_on: [c], links: [c], volumes_from: [c], networks: [n], profiles: [] }, c: { image: i } }\nnetworks: { n: }',
  ),
  compose(
    'extends: lists grow',
    'services: { a: { extends: b, ports: ["81:81", "80:80"], volumes: ["./x:/x"], cap_add: [A], dns: 1.1.1.1 }, b: { image: i, ports: ["80:80"], volumes: ["./y:/x", "./z:/z"], cap_add: [A, B], dns: [2.2.2.2] } }',
  ),
  compose(
    'extends: a chain',
    'services: { a: { extends: b, labels: [a] }, b: { extends: c, labels: [b] }, c: { image: i, labels: [c] } }',
  ),
  compose('extends: a circle', 'services: { a: { extends: b }, b: { extends: c }, c: { extends: a } }'),
  compose('extends: itself', 'services: { a: { extends: a } }'),
  compose('extends: nothing', 'services: { a: { extends: zz, image: i } }'),
  compose('extends: without a service', 'services: { a: { extends: { file: x.yaml }, image: i } }'),
  compose('extends: another file', 'services: { a: { extends: { file: base.yaml, service: b }, labels: [a] } }', {
    'base.yaml': 'services: { b: { image: i, labels: [b], ports: ["80:80"] }, other: { image: j } }',
  }),
  compose('extends: another directory', 'services: { a: { extends: { file: sub/base.yaml, service: b } } }', {
    'sub/base.yaml':
      'services: { b: { build: { context: ./ctx, additional_contexts: { x: ./y } }, volumes: ["./data:/data", "~/h:/h", { type: bind, source: ../up, target: /up }], env_file: [b.env], develop: { watch: [{ path: ./w, action: rebuild }] } } }',
    'sub/b.env': 'FROM_SUB=1\n',
  }),
  compose('extends: files and chains', 'services: { a: { extends: { file: sub/one.yaml, service: b } } }', {
    'sub/one.yaml':
      'services: { b: { extends: { file: deep/two.yaml, service: c }, labels: [one], volumes: ["./one:/one"] }, near: { image: n } }',
    'sub/deep/two.yaml':
      'services: { c: { extends: d, labels: [two], volumes: ["./two:/two"] }, d: { image: i, volumes: ["./d:/d"] } }',
  }),
  compose('extends: files in a circle', 'services: { a: { extends: { file: one.yaml, service: b } } }', {
    'one.yaml': 'services: { b: { extends: { file: compose.yaml, service: a } } }',
  }),
  compose('extends: a file that is missing', 'services: { a: { extends: { file: none.yaml, service: b } } }'),
  compose('extends: a service that is missing', 'services: { a: { extends: { file: one.yaml, service: c } } }', {
    'one.yaml': 'services: { b: { image: i } }',
  }),
  compose('extends: variables of the project', 'services: { a: { extends: { file: sub/one.yaml, service: b } } }', {
    'sub/one.yaml': 'services: { b: { image: "i:${TAG:-none}" } }',
    '.env': 'TAG=main\n',
    'sub/.env': 'TAG=sub\n',
  }),
  compose('extends: networks of the project only', 'services: { a: { extends: { file: one.yaml, service: b } } }', {
    'one.yaml': 'services: { b: { image: i, networks: [n] } }\nnetworks: { n: }',
  }),
  compose(
    'extends: with reset and override',
    'services: { a: { extends: b, ports: !reset [], labels: !override { c: 3 }, environment: { X: !reset null } }, b: { image: i, ports: ["80:80"], labels: { a: 1 }, environment: { X: 1, Y: 2 } } }',
  ),
  compose(
    'extends: null over a value',
    'services: { a: { extends: b, command: , ports: , environment: }, b: { image: i, command: x, ports: ["80:80"], environment: { A: 1 } } }',
  ),
  compose('extends: build', 'services: { a: { extends: b, build: { target: t } }, b: { build: . } }'),
  override(
    'extends: then an override',
    'services: { a: { extends: b }, b: { image: i, ports: ["80:80"], labels: { a: 1 } } }',
    'services: { a: { ports: !override ["81:80"] }, b: { labels: { b: 2 } } }',
  ),
  override(
    'extends: in the override',
    'services: { a: { image: i, labels: { a: 1 } } }',
    'services: { a: { extends: { file: base.yaml, service: b } } }',
    { 'base.yaml': 'services: { b: { image: j, labels: { b: 1 } } }' },
  ),
  compose(
    'extends: healthcheck, deploy and depends_on',
    'services: { a: { extends: b, depends_on: { c: { condition: service_healthy } }, deploy: { replicas: 2 }, healthcheck: { retries: 5 } }, b: { image: i, depends_on: [c], deploy: { resources: { limits: { cpus: "1" } } }, healthcheck: { test: x } }, c: { image: i } }',
  ),
  compose('include: short', 'include: [inc.yaml]\nservices: { a: { image: i, depends_on: [b] } }', {
    'inc.yaml':
      'services: { b: { image: j, networks: [n], volumes: ["data:/d"] } }\nnetworks: { n: }\nvolumes: { data: }',
  }),
  compose('include: another directory', 'include: [sub/inc.yaml]\nservices: { a: { image: i } }', {
    'sub/inc.yaml':
      'name: other\nservices: { b: { build: ./ctx, env_file: b.env, volumes: ["./d:/d"], image: "j:${TAG}" } }\nconfigs: { c: { file: ./c } }',
    'sub/b.env': 'B=1\n',
    'sub/.env': 'TAG=sub\nHERE=1\n',
    '.env': 'HERE=0\n',
  }),
  compose('include: the outer environment first', 'include: [sub/inc.yaml]\nservices: { a: { image: "i:${TAG}" } }', {
    'sub/inc.yaml': 'services: { b: { image: "j:${TAG}-${SUB}", environment: [SUB, TAG] } }',
    'sub/.env': 'TAG=sub\nSUB=s\n',
    '.env': 'TAG=main\n',
  }),
  compose(
    'include: long',
    'include: [{ path: sub/inc.yaml, project_directory: ., env_file: x.env }]\nservices: { a: { image: i } }',
    { 'sub/inc.yaml': 'services: { b: { build: ./ctx, image: "j:${X}" } }', 'x.env': 'X=1\n' },
  ),
  compose(
    'include: several files over each other',
    'include: [{ path: [one.yaml, two.yaml] }]\nservices: { a: { image: i } }',
    { 'one.yaml': 'services: { b: { image: j, labels: [one] } }', 'two.yaml': 'services: { b: { labels: [two] } }' },
  ),
  compose('include: nested', 'include: [sub/one.yaml]\nservices: { a: { image: i } }', {
    'sub/one.yaml': 'include: [deep/two.yaml]\nservices: { b: { image: j } }',
    'sub/deep/two.yaml': 'services: { c: { image: k, volumes: ["./x:/x"] } }',
  }),
  compose('include: a circle', 'include: [one.yaml]\nservices: { a: { image: i } }', {
    'one.yaml': 'include: [compose.yaml]\nservices: { b: { image: j } }',
  }),
  compose('include: the same twice', 'include: [one.yaml, two.yaml]\nservices: { a: { image: i } }', {
    'one.yaml': 'include: [both.yaml]\nservices: { b: { image: j } }',
    'two.yaml': 'include: [both.yaml]\nservices: { c: { image: j } }',
    'both.yaml': 'services: { d: { image: k } }',
  }),
  compose('include: a conflict', 'include: [one.yaml]\nservices: { b: { image: other } }', {
    'one.yaml': 'services: { b: { image: j } }',
  }),
  compose(
    'include: a conflict of networks',
    'include: [one.yaml]\nservices: { a: { image: i } }\nnetworks: { n: { driver: x } }',
    { 'one.yaml': 'services: { b: { image: j, networks: [n] } }\nnetworks: { n: { driver: y } }' },
  ),
  override(
    'include: changed in an override',
    'include: [one.yaml]\nservices: { a: { image: i } }',
    'services: { b: { labels: [x] } }',
    { 'one.yaml': 'services: { b: { image: j } }' },
  ),
  compose('include: missing', 'include: [none.yaml]\nservices: { a: { image: i } }'),
  compose(
    'include: a missing env_file',
    'include: [{ path: one.yaml, env_file: none.env }]\nservices: { a: { image: i } }',
    { 'one.yaml': 'services: { b: { image: j } }' },
  ),
  compose('include: a variable in the path', 'include: ["${WHICH}.yaml"]\nservices: { a: { image: i } }', {
    'one.yaml': 'services: { b: { image: j } }',
    '.env': 'WHICH=one\n',
  }),
  compose('include: dollar signs', 'include: [one.yaml]\nservices: { a: { image: i, environment: { A: "$$A" } } }', {
    'one.yaml': 'services: { b: { image: j, environment: { A: "$$A $${B}" } } }',
  }),
  compose('include: profiles', 'include: [one.yaml]\nservices: { a: { image: i } }', {
    'one.yaml': 'services: { b: { image: j, profiles: [x] } }',
  }),
  compose('include: not a list', 'include: one.yaml\nservices: { a: { image: i } }', {
    'one.yaml': 'services: { b: { image: j } }',
  }),
  compose('include: with extends', 'include: [sub/one.yaml]\nservices: { a: { image: i } }', {
    'sub/one.yaml': 'services: { b: { extends: { file: base.yaml, service: c } } }',
    'sub/base.yaml': 'services: { c: { image: k, volumes: ["./x:/x"] } }',
  }),
  compose(
    'anchors: an extension',
    'x-env: &env { A: 1, B: 2 }\nservices: { a: { image: i, environment: *env }, b: { image: i, environment: { <<: *env, B: 3, C: 4 } } }',
  ),
  compose(
    'anchors: a service',
    'services: { a: &a { image: i, labels: [x], restart: always }, b: { <<: *a, image: j } }',
  ),
  compose(
    'anchors: several merged',
    'x-a: &a { image: i, user: a }\nx-b: &b { user: b, hostname: h }\nservices: { a: { <<: [*a, *b] }, b: { <<: [*b, *a], user: own } }',
  ),
  compose('anchors: nested merges', 'x-a: &a { image: i }\nx-b: &b { <<: *a, user: b }\nservices: { a: { <<: *b } }'),
  compose('anchors: in a list', 'x-l: &l ["80:80", "81:81"]\nservices: { a: { image: i, ports: *l } }'),
  compose('anchors: unknown', 'services: { a: *x }'),
  compose('anchors: in itself', 'services: { a: &x { image: i, labels: *x } }'),
  compose(
    'anchors: block style',
    'x-common: &common\n  restart: unless-stopped\n  logging:\n    driver: json-file\n    options: { max-size: 10m }\n\nservices:\n  a:\n    <<: *common\n    image: i\n  b:\n    <<: *common\n    image: j\n    restart: "no"\n',
  ),
]
