/** What Compose writes on the containers, networks and volumes of a project. */
export const labels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  hash: 'com.docker.compose.config-hash',
  dependsOn: 'com.docker.compose.depends_on',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
} as const

/** Labels that say where an object belongs, and nothing about what it is like. */
export const isBookkeeping = (label: string): boolean =>
  label.startsWith('com.docker.compose.') || label.startsWith('dev.lares.')

/** What `depends_on` of a container says: services, by what its label names. */
export const dependenciesIn = (label: string | undefined): string[] =>
  (label ?? '').split(',').flatMap((entry) => entry.split(':')[0] || [])

/** What all objects of a project have in common. */
export const projectLabel = ({ project }: { project: string }): Record<string, string> => ({
  [labels.project]: project,
})
