import { hasErrors } from '@lares/core'
import { loadProject } from '../../../src/compose/load/load-project.ts'
import { attributes } from './attributes.ts'
import { type Case, override } from './case.ts'
import { merging } from './merging.ts'

const objects = `networks: { a: , b: }
volumes: { data: , other: }
configs: { a: { file: x } }
secrets: { a: { file: x } }`

/** What the two are known to read differently when it meets another value; the cases of merging tell why. */
const PECULIAR = /published: 80|^all$|test: \[\]|^!/
const ALONE = ['network_mode', 'container_name', 'scale', 'env_file']

/** Values of the other cases, by attribute, that are valid by themselves. */
const values = await validValues()

async function validValues(): Promise<[string, string][]> {
  const said = [...attributes, ...merging].flatMap(({ name }): [string, string][] => {
    const [, one, first, other, then] = /^([a-z_]+): (.+?)(?: and then ([a-z_]+): (.+))?$/s.exec(name) ?? []
    return [
      ...(one && first ? [[one, first] as [string, string]] : []),
      ...(other && then ? [[other, then] as [string, string]] : []),
    ]
  })
  const candidates = said.filter(([attribute, value]) => !ALONE.includes(attribute) && !PECULIAR.test(value))
  const loaded = await Promise.all(
    candidates.map(async ([attribute, value]) => {
      const content = `services: { web: { image: i, ${attribute}: ${value} }, b: { image: b }, c: { image: c } }\n${objects}`
      return !hasErrors((await loadProject({ files: [{ name: 'value', content }], environment: {} })).diagnostics)
    }),
  )
  return candidates.filter((_, index) => loaded[index])
}

/** Numbers from 0 to below 1, the same ones in each run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}

const random = createRandom(20_261_122)
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!

function service(first: string, marked: boolean): string {
  const said = new Map(Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(values)))
  const parts = [...said].map(([attribute, value]) => {
    const mark = marked && value !== 'null' && random() < 0.1 ? pick(['!override ', '!reset ']) : ''
    return `${attribute}: ${mark}${value}`
  })
  return `{ ${[first, ...parts].filter((part) => part !== '').join(', ')} }`
}

const origins = ['extends: web', 'extends: { file: sub/base.yaml, service: base }', 'image: own']

/** Services with some of all those values, which extend each other and are said again in a second file. */
export const scattered: Case[] = Array.from({ length: 120 }, (_, index) =>
  override(
    `number ${index + 1}`,
    `services:\n  web: ${service('image: i', false)}\n  more: ${service(pick(origins), true)}\n  b: { image: b }\n  c: { image: c }\n${objects}\n`,
    `services:\n  web: ${service('', true)}\n  more: ${service('', true)}\n`,
    { 'sub/base.yaml': `services:\n  base: ${service('image: base', false)}\n` },
  ),
)
