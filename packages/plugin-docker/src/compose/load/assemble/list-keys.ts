import { child, type Node, textOf } from '../yaml/tree.ts'

/** What an item of a list is about; `refused` where the same item twice is a mistake. */
export type ListKeys = ((item: Node) => string) | 'refused' | { readonly [name: string]: ListKeys }

const itself = (item: Node): string => textOf(item) ?? ''
const part =
  (name: string) =>
  (item: Node): string =>
    textOf(child(item, name)) ?? ''

/** Where a config or secret is found in the container. */
const mountPoint =
  (folder: string) =>
  (item: Node): string =>
    textOf(child(item, 'target')) ?? `${folder}/${part('source')(item)}`

const port = (item: Node): string =>
  `${textOf(child(item, 'host_ip')) ?? '0.0.0.0'}:${part('published')(item)}:${part('target')(item)}/${part('protocol')(item)}`

const service: ListKeys = {
  build: { tags: itself },
  cap_add: itself,
  cap_drop: itself,
  configs: mountPoint(''),
  device_cgroup_rules: 'refused',
  devices: part('target'),
  dns: itself,
  dns_opt: itself,
  dns_search: itself,
  env_file: part('path'),
  expose: itself,
  external_links: 'refused',
  extra_hosts: { '*': itself },
  group_add: 'refused',
  links: itself,
  networks: { '*': { aliases: itself, link_local_ips: itself } },
  ports: port,
  profiles: itself,
  secrets: mountPoint('/run/secrets'),
  security_opt: 'refused',
  tmpfs: itself,
  volumes: part('target'),
  volumes_from: 'refused',
}

/** Which lists of a model say each thing once, by place. */
export const listKeys: ListKeys = {
  services: { '*': service },
  networks: { '*': { ipam: { config: part('subnet') } } },
}
