import { loadProject } from '../../../src/compose/load/load-project.ts'
import { stacks as reading } from '../../compose/cases/stacks.ts'
import { type CreateCase, IMAGE, SHARED_NETWORK } from './case.ts'

/** What the engine of the tests does not have. */
const here = (text: string): string =>
  text
    .replace('runtime: io.containerd.kata.v2', 'runtime: runc')
    .replace('{ name: proxy, external: true }', `{ name: ${SHARED_NETWORK}, external: true }`)
    .replace(/cpus: "2.5"/, 'cpus: "1.5"')
    .replace(/container_name: (\w+)/g, 'container_name: cc-$1')

const more: Readonly<Record<string, Omit<CreateCase, 'name' | 'files'>>> = {
  Minecraft: { means: ['securityOptions'] },
  'photos, like Immich': { onlyLares: 'startInterval', warns: ['services.database.healthcheck.start_interval'] },
  'Prometheus and Grafana': { means: ['exposed', 'boundVolumes'] },
  'a profile that needs another service': { means: ['volumesFrom'] },
}

/** The shapes of well-known projects, all of them made from the image that is there. */
export const stacks: CreateCase[] = await Promise.all(
  reading.map(async (it): Promise<CreateCase> => {
    const files = Object.fromEntries(Object.entries(it.files).map(([name, text]) => [name, here(text)]))
    const { project } = await loadProject({
      files: [{ name: '/project/compose.yaml', content: files['compose.yaml'] ?? '' }],
      environment: {},
      projectDirectory: '/project',
      readFile: (path) => readOf(files, path),
      profiles: ['*'],
    })
    const names = Object.keys(project?.services ?? {})
    const images = names.map((name) => `  "${name}": { image: "${IMAGE}" }\n`).join('')
    return { ...it, files: { ...files, 'override-images.yaml': `services:\n${images}` }, ...more[it.name] }
  }),
)

function readOf(files: Readonly<Record<string, string>>, path: string): Promise<string> {
  const text = files[path.replace('/project/', '')]
  const absent = Object.assign(new Error(`There is no ${path}`), { code: 'ENOENT' })
  return text === undefined ? Promise.reject(absent) : Promise.resolve(text)
}
