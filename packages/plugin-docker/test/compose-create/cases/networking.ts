import { type CreateCase, create } from './case.ts'

/** Networks, and how services are on them. */
export const networking: CreateCase[] = [
  create('the default network', 'services: { web: { image: i }, db: { image: i } }'),
  create(
    'networks with everything',
    `services: { web: { image: i, networks: { front: { aliases: [x, y], ipv4_address: 10.66.238.10, ipv6_address: "2001:3984:3989::10" } } } }
networks:
  front:
    driver: bridge
    driver_opts: { com.docker.network.bridge.enable_icc: "false", com.docker.network.bridge.name: cc-front }
    internal: true
    attachable: true
    enable_ipv6: true
    labels: [a=b]
    ipam: { driver: default, config: [{ subnet: 10.66.238.0/24, ip_range: 10.66.238.128/25, gateway: 10.66.238.1, aux_addresses: { host1: 10.66.238.5 } }, { subnet: "2001:3984:3989::/64" }] }`,
    { means: ['endpointAddress'] },
  ),
  create(
    'link-local addresses and driver options',
    'services: { web: { image: i, networks: { n: { link_local_ips: [169.254.8.9, 169.254.8.8], driver_opts: { com.example.mark: 5 } } } } }\nnetworks: { n: }',
    { means: ['driverOptions'] },
  ),
  create(
    'options of the address driver',
    'services: { web: { image: i } }\nnetworks: { default: { ipam: { options: { com.example: x }, config: [{ subnet: 10.66.239.0/24 }] } } }',
    { means: ['ipamOptions'] },
  ),
  create(
    'priority decides which network is the first',
    'services: { web: { image: i, networks: { a: , b: { priority: 10, aliases: [z] }, c: { priority: 5 } } } }\nnetworks: { a: , b: , c: }',
  ),
  create(
    'without priority the name decides',
    'services: { web: { image: i, networks: [zeta, alpha] } }\nnetworks: { zeta: , alpha: }',
  ),
  create('names of networks', 'services: { web: { image: i, networks: [n] } }\nnetworks: { n: { name: cc-named } }'),
  create(
    'external networks',
    'services: { web: { image: i, networks: { shared: { aliases: [x] }, own: } } }\nnetworks: { shared: { external: true, name: compose-create }, own: }',
  ),
  create(
    'an external network that is not there',
    'services: { web: { image: i } }\nnetworks: { default: { external: true, name: cc-absent } }',
    { refused: /cc-absent/ },
  ),
  create(
    'one that has the highest gateway priority',
    'services: { web: { image: i, networks: { a: { gw_priority: 5 }, b: } } }\nnetworks: { a: , b: }',
    { warns: ['services.web.networks.a.gw_priority'] },
  ),
  create(
    'IPv4 on and off',
    'services: { web: { image: i, networks: [on, off] } }\nnetworks: { on: { enable_ipv4: true }, off: { enable_ipv4: false } }',
    { warns: ['networks.off.enable_ipv4'] },
  ),
  create(
    'modes',
    'services: { host: { image: i, network_mode: host }, none: { image: i, network_mode: none }, bridge: { image: i, network_mode: bridge }, other: { image: i } }',
  ),
  create(
    'a MAC address of the service',
    'services: { web: { image: i, mac_address: "02:42:ac:11:65:43" }, bridged: { image: i, network_mode: bridge, mac_address: "02:42:ac:11:65:44" } }',
  ),
  create(
    'a MAC address of a network',
    'services: { web: { image: i, networks: { default: { mac_address: "02:42:ac:11:65:45" } } } }',
    { onlyLares: 'macAddress' },
  ),
  create(
    'two MAC addresses for one network',
    'services: { web: { image: i, mac_address: "02:42:ac:11:65:46", networks: { default: { mac_address: "02:42:ac:11:65:47" } } } }',
    { refused: /mac_address/ },
  ),
  create(
    'links',
    'services: { web: { image: i, scale: 2, links: [db, "cache:redis"], external_links: ["other", "one:two"] }, db: { image: i, scale: 2 }, cache: { image: i, container_name: cc-linked-cache } }',
  ),
  create(
    'links on the default bridge',
    'services: { web: { image: i, network_mode: bridge, links: [db, "db:store"] }, db: { image: i, network_mode: bridge } }',
  ),
  create(
    'namespaces of another service',
    'services: { web: { image: i, network_mode: "service:db", pid: "service:db", ipc: "service:db" }, db: { image: i, ipc: shareable, scale: 2 } }',
  ),
  create(
    'namespaces of the host',
    'services: { web: { image: i, pid: host, ipc: host, uts: host, userns_mode: host, network_mode: host } }',
  ),
  create(
    'a namespace of a service that has no container',
    'services: { web: { image: i, pid: "service:db" }, db: { image: i, scale: 0 } }',
    { refused: /has no container/ },
  ),
  create(
    'an external network in the old way',
    'services: { web: { image: i } }\nnetworks: { default: { external: { name: compose-create } } }',
  ),
]
