import { type Case, compose } from './case.ts'

/** Networks, volumes, configs and secrets, and who uses them. */
export const objects: Case[] = [
  compose(
    'networks: everything',
    `
services: { web: { image: i, networks: { front: { aliases: [x, y], ipv4_address: 172.16.238.10, ipv6_address: "2001:3984:3989::10", link_local_ips: [57.123.22.11], mac_address: "02:42:ac:11:65:43", driver_opts: { a: 1 }, priority: 1000 }, back: } } }
networks:
  front: { driver: bridge, driver_opts: { com.docker.network.bridge.host_binding_ipv4: 127.0.0.1, n: 5 }, internal: true, attachable: true, enable_ipv6: true, labels: [a=b], ipam: { driver: default, config: [{ subnet: 172.16.238.0/24, ip_range: 172.16.238.128/25, gateway: 172.16.238.1, aux_addresses: { host1: 172.16.238.5 } }, { subnet: "2001:3984:3989::/64" }], options: { foo: bar } } }
  back: { name: shared, external: true }
`,
  ),
  compose(
    'networks: as a list',
    'services: { web: { image: i, networks: [a, b] } }\nnetworks: { a: , b: { name: "my b" } }',
  ),
  compose('networks: one that is not declared', 'services: { web: { image: i, networks: [a] } }'),
  compose(
    'networks: default changed',
    'services: { web: { image: i } }\nnetworks: { default: { driver: macvlan, name: lan } }',
  ),
  compose('networks: default external', 'services: { web: { image: i } }\nnetworks: { default: { external: true } }'),
  compose('networks: unused', 'services: { web: { image: i, network_mode: host } }\nnetworks: { a: }'),
  compose(
    'networks: external in the old way',
    'services: { web: { image: i, networks: [a] } }\nnetworks: { a: { external: { name: b } } }',
  ),
  compose(
    'networks: external in both ways',
    'services: { web: { image: i, networks: [a] } }\nnetworks: { a: { name: c, external: { name: b } } }',
  ),
  compose(
    'networks: with network_mode',
    'services: { web: { image: i, network_mode: host, networks: [a] } }\nnetworks: { a: }',
  ),
  compose('networks: an unknown attribute', 'services: { web: { image: i } }\nnetworks: { default: { drivr: x } }'),
  compose('networks: priority as text', 'services: { web: { image: i, networks: { default: { priority: "5" } } } }'),
  compose(
    'volumes: everything',
    'services: { web: { image: i, volumes: [data:/data, nfs:/nfs, ext:/ext, bound:/bound] } }\nvolumes: { data: , nfs: { driver: local, driver_opts: { type: nfs, o: "addr=10.0.0.1,rw", device: ":/export" }, labels: { a: b } }, ext: { external: true, name: real }, bound: { driver: local, driver_opts: { type: none, o: bind, device: ./bound } } }',
  ),
  compose('volumes: unused', 'services: { web: { image: i } }\nvolumes: { data: }'),
  compose(
    'volumes: external with a driver',
    'services: { web: { image: i } }\nvolumes: { data: { external: true, driver: x } }',
  ),
  compose('volumes: a name of one letter', 'services: { web: { image: i, volumes: ["v:/data"] } }\nvolumes: { v: }'),
  compose(
    'volumes: external false',
    'services: { web: { image: i, volumes: ["vol:/data"] } }\nvolumes: { vol: { external: false } }',
  ),
  compose(
    'configs and secrets',
    'services: { web: { image: i, configs: [a, { source: b, target: /etc/b, uid: "1", gid: "2", mode: 0440 }], secrets: [x, { source: y, target: why, mode: 0400 }] } }\nconfigs: { a: { file: ./a }, b: { content: "hi ${WHO:-you}" } }\nsecrets: { x: { file: ~/x }, y: { environment: TOKEN } }',
    { '.env': 'TOKEN=t0ken\n' },
  ),
  compose(
    'configs: of a variable',
    'services: { web: { image: i, configs: [a] } }\nconfigs: { a: { environment: TOKEN } }',
    { '.env': 'TOKEN=t\n' },
  ),
  compose('configs: not declared', 'services: { web: { image: i, configs: [a] } }'),
  compose('configs: two sources', 'services: { web: { image: i } }\nconfigs: { a: { file: x, content: y } }'),
  compose('configs: no source', 'services: { web: { image: i } }\nconfigs: { a: {} }'),
  compose(
    'configs: external',
    'services: { web: { image: i, configs: [a] } }\nconfigs: { a: { external: true, name: other } }',
  ),
  compose('secrets: not declared', 'services: { web: { image: i, secrets: [a] } }'),
  compose('secrets: two sources', 'services: { web: { image: i } }\nsecrets: { a: { file: x, environment: y } }'),
  compose('secrets: no source', 'services: { web: { image: i } }\nsecrets: { a: {} }'),
  compose('secrets: inline', 'services: { web: { image: i } }\nsecrets: { a: { content: x } }'),
  compose(
    'secrets: of a driver',
    'services: { web: { image: i, secrets: [a] } }\nsecrets: { a: { driver: vault, driver_opts: { x: 1 }, template_driver: golang, labels: [z] } }',
  ),
  compose('depends_on: a list', 'services: { a: { image: i, depends_on: [b, c] }, b: { image: i }, c: { image: i } }'),
  compose(
    'depends_on: conditions',
    'services: { a: { image: i, depends_on: { b: { condition: service_healthy, restart: true }, c: { condition: service_completed_successfully, required: false }, d: { condition: service_started } } }, b: { image: i }, c: { image: i }, d: { image: i } }',
  ),
  compose(
    'depends_on: no condition',
    'services: { a: { image: i, depends_on: { b: { restart: true } } }, b: { image: i } }',
  ),
  compose(
    'depends_on: a wrong condition',
    'services: { a: { image: i, depends_on: { b: { condition: healthy } } }, b: { image: i } }',
  ),
  compose(
    'depends_on: required as text',
    'services: { a: { image: i, depends_on: { b: { condition: service_started, required: "true" } } }, b: { image: i } }',
  ),
  compose('depends_on: nothing there', 'services: { a: { image: i, depends_on: [b] } }'),
  compose(
    'depends_on: nothing there, not required',
    'services: { a: { image: i, depends_on: { b: { condition: service_started, required: false } } } }',
  ),
  compose('depends_on: itself', 'services: { a: { image: i, depends_on: [a] } }'),
  compose(
    'depends_on: a circle',
    'services: { a: { image: i, depends_on: [b] }, b: { image: i, depends_on: [c] }, c: { image: i, links: [a] } }',
  ),
  compose('implied: links', 'services: { a: { image: i, links: [b, "c:see"] }, b: { image: i }, c: { image: i } }'),
  compose(
    'implied: namespaces',
    'services: { a: { image: i, pid: "service:b", ipc: "service:c", network_mode: "service:d" }, b: { image: i }, c: { image: i }, d: { image: i } }',
  ),
  compose(
    'implied: volumes_from',
    'services: { a: { image: i, volumes_from: ["b:ro", "container:c", d] }, b: { image: i }, d: { image: i } }',
  ),
  compose(
    'implied: said already',
    'services: { a: { image: i, links: [b], volumes_from: [b], depends_on: { b: { condition: service_healthy } } }, b: { image: i } }',
  ),
  compose(
    'implied: links and volumes_from',
    'services: { a: { image: i, links: [b], volumes_from: [b] }, b: { image: i } }',
  ),
  compose('replicas: scale and deploy', 'services: { a: { image: i, scale: 2, deploy: { mode: replicated } } }'),
  compose('replicas: both, the same', 'services: { a: { image: i, scale: 2, deploy: { replicas: 2 } } }'),
  compose('replicas: both, not the same', 'services: { a: { image: i, scale: 2, deploy: { replicas: 3 } } }'),
  compose('replicas: none', 'services: { a: { image: i, scale: 0, deploy: { replicas: 0 } } }'),
  compose('replicas: with a container name', 'services: { a: { image: i, container_name: x, scale: 2 } }'),
  compose(
    'limits: twice, the same',
    'services: { a: { image: i, mem_limit: 1g, cpus: 0.5, pids_limit: 5, deploy: { resources: { limits: { memory: 1024m, cpus: "0.5", pids: 5 } } } } }',
  ),
  compose(
    'limits: twice, not the same',
    'services: { a: { image: i, mem_limit: 1g, deploy: { resources: { limits: { memory: 2g } } } } }',
  ),
  compose(
    'limits: pids not the same',
    'services: { a: { image: i, pids_limit: 5, deploy: { resources: { limits: { cpus: "1" } } } } }',
  ),
  compose(
    'limits: reservation not the same',
    'services: { a: { image: i, mem_reservation: 5m, deploy: { resources: { reservations: { memory: 6m } } } } }',
  ),
  compose(
    'container names: the same twice',
    'services: { a: { image: i, container_name: x }, b: { image: i, container_name: x } }',
  ),
  compose('profiles: not enabled', 'services: { a: { image: i, profiles: [x] }, b: { image: i } }\nvolumes: { v: }'),
  {
    ...compose(
      'profiles: one enabled',
      'services: { a: { image: i, profiles: [x] }, b: { image: i, profiles: [y] }, c: { image: i } }',
    ),
    profiles: ['x'],
  },
  {
    ...compose(
      'profiles: several enabled',
      'services: { a: { image: i, profiles: [x, z] }, b: { image: i, profiles: [y] } }',
    ),
    profiles: ['y', 'z'],
  },
  {
    ...compose('profiles: all', 'services: { a: { image: i, profiles: [x] }, b: { image: i, profiles: [y] } }'),
    profiles: ['*'],
  },
  {
    ...compose('profiles: by variable', 'services: { a: { image: i, profiles: [x] }, b: { image: i, profiles: [y] } }'),
    environment: { COMPOSE_PROFILES: 'y,q' },
  },
  compose('profiles: by .env', 'services: { a: { image: i, profiles: [x] }, b: { image: i } }', {
    '.env': 'COMPOSE_PROFILES=x\n',
  }),
  compose(
    'profiles: what is needed is disabled',
    'services: { a: { image: i, profiles: [x] }, b: { image: i, depends_on: [a] } }',
  ),
  compose(
    'profiles: what is disabled is not required',
    'services: { a: { image: i, profiles: [x] }, b: { image: i, depends_on: { a: { condition: service_started, required: false } } } }',
  ),
  compose(
    'profiles: a disabled service may be wrong',
    'services: { a: { profiles: [x], networks: [nothing] }, b: { image: i } }',
  ),
]
