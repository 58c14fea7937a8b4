import { loadProject } from '../../../src/compose/load/load-project.ts'
import { stacks as reading } from '../../compose/cases/stacks.ts'
import type { DifferenceName } from '../differences.ts'
import { type CreateCase, IMAGE, SHARED_NETWORK } from './case.ts'

/** What the engine of the tests does not have. */
const here = (text: string): string =>
  text
    .replace('runtime: io.containerd.kata.v2', 'runtime: runc')
    .replace('{ name: proxy, external: true }', `{ name: ${SHARED_NETWORK}, external: true }`)
    .replace(/cpus: "2.5"/, 'cpus: "1.5"')
    .replace(/container_name: (\w+)/g, 'container_name: cc-$1')

const MEANS: Readonly<Record<string, DifferenceName[]>> = {}

/** The shapes of well-known projects, all of them made from the image that is there. */
export const stacks: CreateCase[] = await Promise.all(
  reading.map(async (it): Promise<CreateCase> => {
    const files = Object.fromEntries(Object.entries(it.files).map(([name, text]) => [name, here(text)]))
    const { project } = await loadProject({
      files: [{ name: '/project/compose.yaml', content: files['compose.yaml'] ?? '' }],
      environment: variables(files['.env'] ?? ''),
      readFile: (path) => Promise.resolve(files[path.replace('/project/', '')] ?? ''),
      profiles: ['*'],
    })
    const names = Object.keys(project?.services ?? {})
    const images = names.map((name) => `  "${name}": { image: "${IMAGE}" }\n`).join('')
    const means = MEANS[it.name]
    return { ...it, files: { ...files, 'override-images.yaml': `services:\n${images}` }, ...(means && { means }) }
  }),
)

function variables(text: string): Record<string, string> {
  return
  Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))
}
