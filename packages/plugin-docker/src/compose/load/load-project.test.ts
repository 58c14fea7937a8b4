import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LoadOptions, loadProject } from './load-project.ts'
import { placeOf } from './project/project.ts'

/** Loads files that are in memory alone. */
const load = (files: Record<string, string>, options: Partial<LoadOptions> = {}) =>
  loadProject({
    files: ['/p/compose.yaml'],
    home: '/home/me',
    readFile: async (path) => {
      const text = files[path.replace('/p/', '')]
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
      return text
    },
    ...options,
  })

const web = (attributes: string) => ({ 'compose.yaml': `services:\n  web:\n    image: i\n${attributes}` })

test('short forms are written out and values parsed', async () => {
  const { project, diagnostics } = await load(
    web(
      '    ports: ["127.0.0.1:8080:80"]\n    mem_limit: 1.5g\n    stop_grace_period: 1m30s\n    volumes: [./a:/b:ro]\n',
    ),
  )
  expect(diagnostics).toEqual([])
  expect(project?.services['web']).toEqual({
    image: 'i',
    ports: [{ mode: 'ingress', host_ip: '127.0.0.1', target: 80, published: '8080', protocol: 'tcp' }],
    mem_limit: 1_610_612_736,
    stop_grace_period: 90e9,
    volumes: [{ type: 'bind', source: '/p/a', target: '/b', read_only: true, bind: { create_host_path: true } }],
    networks: { default: null },
  })
  expect(project?.networks).toEqual({ default: { name: 'p_default' } })
})

test('all mistakes are told at once, each with its line and a suggestion', async () => {
  const { project, diagnostics } = await load(
    web(
      '    imagee: x\n    ports: ["x"]\n    privileged: [1]\n    labels: { a: "${NONE:?no}" }\n    healthcheck:\n      intervall: 5s\n',
    ),
  )
  expect(project).toBeUndefined()
  const told = diagnostics.map(({ code, source, advice }) => [code, source?.line, source?.column, advice])
  expect(told).toEqual(
    expect.arrayContaining([
      ['unknown_attribute', 4, 5, 'Did you mean "image"?'],
      ['invalid_attribute', 6, 5, undefined],
      ['variable_missing', 7, 15, expect.any(String)],
      ['unknown_attribute', 9, 7, 'Did you mean "interval"?'],
    ]),
  )
})

test('mistakes of every kind are told together, and not what follows from them', async () => {
  const { diagnostics } = await load({
    'compose.yaml': [
      'services:',
      '  a: { image: 5, networks: [none] }',
      '  b: { image: i, imagee: x, mem_limit: big }',
      '  c: { image: i, networks: [frnt] }',
      '  d: { extends: nobody, image: i }',
      '  e: { image: "${NONE:?no}" }',
      'networks: { front: }',
      'volumes: { v: { external: true, driver: x } }',
      'wrong: 1',
    ].join('\n'),
  })
  expect(diagnostics.map(({ code, source }) => [code, source?.line]).toSorted()).toEqual([
    ['extends_unknown', 5],
    ['inconsistent_project', 4],
    ['invalid_attribute', 2],
    ['invalid_attribute', 3],
    ['invalid_attribute', 8],
    ['unknown_attribute', 3],
    ['unknown_attribute', 9],
    ['variable_missing', 6],
  ])
})

test('values of several services that cannot be parsed are told together', async () => {
  const { diagnostics } = await load({
    'compose.yaml':
      'services:\n  a:\n    image: i\n    mem_limit: big\n  b:\n    image: i\n    stop_grace_period: 5x\n',
  })
  expect(diagnostics.map(({ path, source }) => [path, source?.line])).toEqual([
    ['services.a.mem_limit', 4],
    ['services.b.stop_grace_period', 7],
  ])
})

test('what does not fit together is told together', async () => {
  const { diagnostics } = await load({
    'compose.yaml':
      'services:\n  a:\n    image: i\n    networks: [frnt]\n    depends_on: [bb]\n    configs: [{ target: /c }]\n  b:\n    volumes: [data:/d]\nnetworks:\n  front:\n',
  })
  expect(diagnostics.map(({ code, source, advice }) => [code, source?.line, advice])).toEqual([
    ['inconsistent_project', 4, 'Did you mean "front"?'],
    ['inconsistent_project', 6, undefined],
    ['inconsistent_project', 5, 'Did you mean "b"?'],
    ['inconsistent_project', 7, undefined],
    ['inconsistent_project', 8, undefined],
  ])
})

test('a variable without a value is a warning with its line', async () => {
  const { project, diagnostics } = await load(web('    user: $NONE\n'))
  expect(project?.services['web']?.user).toBe('')
  expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'variable_unset', source: { line: 4, column: 5 } }])
})

test('a command that a shell was meant to run is a warning', async () => {
  const { diagnostics } = await load(web('    command: a && b\n'))
  expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'command_cut', source: { line: 4 } }])
})

test('a file that cannot be read is told in one sentence', async () => {
  const failing = (code: string, words: string) =>
    loadProject({
      files: ['/p/compose.yaml'],
      readFile: (path) => Promise.reject(Object.assign(new Error(`${code}: ${words}, open '${path}'`), { code })),
      envFiles: [],
    })
  const told = async (code: string, words: string) => (await failing(code, words)).diagnostics
  const source = { file: '/p/compose.yaml' }
  expect(await told('ENOENT', 'no such file or directory')).toEqual([
    { severity: 'error', code: 'file_unreadable', summary: 'There is no file /p/compose.yaml', source },
  ])
  expect(await told('EACCES', 'permission denied')).toEqual([
    {
      ...{ severity: 'error', code: 'file_unreadable', source },
      summary: 'The file /p/compose.yaml cannot be read: permission denied',
    },
  ])
})

test('a variable is called by its name where its value is wrong', async () => {
  const { diagnostics } = await load(
    {
      ...web(
        [
          '    mem_limit: $SECRET',
          '    ports: ["80${SECRET}:80"]',
          '    volumes: ["data:/x:${SECRET}:y"]',
          '    extra_hosts: ["${SECRET}"]',
          '    stop_grace_period: ${SECRET}',
          '    depends_on: ["${SECRET}"]',
          '    cap_add: ["${SECRET}", "${SECRET}"]',
        ].join('\n'),
      ),
      '.env': 'SECRET=hunter2',
    },
    {},
  )
  expect(diagnostics.length).toBeGreaterThan(4)
  expect(JSON.stringify(diagnostics)).not.toContain('hunter2')
  expect(diagnostics.map(({ summary }) => summary)).toContainEqual(expect.stringContaining('${SECRET}'))
})

test('each attribute knows its place, in the file that said it', async () => {
  const { project } = await load(
    { ...web('    labels:\n      a: 1\n'), 'over.yaml': 'services:\n  web:\n    labels:\n      b: 2\n' },
    { files: ['/p/compose.yaml', '/p/over.yaml'] },
  )
  expect(placeOf(project!, ['services', 'web', 'labels', 'a'])).toMatchObject({
    file: '/p/compose.yaml',
    line: 5,
    column: 7,
  })
  expect(placeOf(project!, ['services', 'web', 'labels', 'b'])).toMatchObject({
    file: '/p/over.yaml',
    line: 4,
    column: 7,
  })
  expect(placeOf(project!, ['services', 'web', 'user'])).toMatchObject({ line: 2 })
})

test('every file that was read is listed', async () => {
  const { read, project } = await load({
    'compose.yaml':
      'include: [inc.yaml]\nservices: { a: { extends: { file: base.yaml, service: b }, env_file: a.env } }',
    'inc.yaml': 'services: { c: { image: i } }',
    'base.yaml': 'services: { b: { image: i } }',
    'a.env': 'A=1',
    '.env': 'X=1',
  })
  expect(read.toSorted()).toEqual(['/p/.env', '/p/a.env', '/p/base.yaml', '/p/compose.yaml', '/p/inc.yaml'])
  expect(project?.files).toEqual(['/p/compose.yaml'])
  expect(project?.environmentFiles).toEqual(['/p/.env'])
})

test('content needs no file', async () => {
  const { project } = await load(
    {},
    { files: [{ name: 'inline', content: 'services: { a: { image: i } }' }], projectDirectory: '/p' },
  )
  expect(project).toMatchObject({ name: 'p', files: ['inline'], services: { a: { image: 'i' } } })
})

test('the environment of this process is not seen', async () => {
  process.env['LARES_COMPOSE_TEST'] = 'leak'
  const { project } = await load(web('    user: ${LARES_COMPOSE_TEST:-none}\n'))
  delete process.env['LARES_COMPOSE_TEST']
  expect(project?.services['web']?.user).toBe('none')
})

test('an env_file in raw format is taken as it is', async () => {
  const { project } = await load({
    ...web('    env_file: [{ path: a.env, format: raw }]\n'),
    'a.env': 'A="$X" # no comment\n',
  })
  expect(project?.services['web']?.environment).toEqual({ A: '"$X" # no comment' })
})

test('what profiles leave out and what nobody uses is told apart', async () => {
  const { project } = await load({
    'compose.yaml':
      'services: { a: { image: i }, b: { image: i, profiles: [x], networks: [n], volumes: ["data:/d"] } }\nnetworks: { n: }\nvolumes: { data: }',
  })
  expect(Object.keys(project!.services)).toEqual(['a'])
  expect(Object.keys(project!.disabled)).toEqual(['b'])
  expect(project!.unused).toEqual({ networks: ['n'], volumes: ['data'], configs: [], secrets: [] })
})

test('circles of extends and include are told with their way', async () => {
  const extending = await load({ 'compose.yaml': 'services: { a: { extends: b }, b: { extends: a } }' })
  expect(extending.diagnostics[0]).toMatchObject({
    code: 'extends_cycle',
    detail: 'a in /p/compose.yaml\nextends b in /p/compose.yaml\nextends a in /p/compose.yaml',
  })
  const including = await load({
    'compose.yaml': 'include: [a.yaml]',
    'a.yaml': 'include: [b.yaml]',
    'b.yaml': 'include: [a.yaml]',
  })
  expect(including.diagnostics[0]).toMatchObject({
    code: 'include_cycle',
    detail: '/p/compose.yaml\nincludes /p/a.yaml\nincludes /p/b.yaml\nincludes /p/a.yaml',
  })
})

test('files cannot include each other without end', async () => {
  const readFile = async (path: string) => {
    const number = Number(/(\d+)\.yaml$/.exec(path)?.[1] ?? 0)
    if (path.endsWith('.env')) throw Object.assign(new Error('none'), { code: 'ENOENT' })
    return `include: [f${number + 1}.yaml]\nservices: { s${number}: { image: i } }`
  }
  const { project, diagnostics } = await load({}, { readFile })
  expect(project).toBeUndefined()
  expect(diagnostics).toMatchObject([{ code: 'file_unreadable' }])
})

test('files cannot include each other in ever more ways', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `f${i}.yaml`,
      `include: [f${i + 1}.yaml, f${i + 1}.yaml]\nservices: { s: { image: i } }`,
    ]),
  )
  const { diagnostics } = await load(
    { ...files, 'f40.yaml': 'services: { s: { image: i } }' },
    { files: ['/p/f0.yaml'] },
  )
  expect(diagnostics.map(({ code }) => code)).toEqual(['include_too_many'])
})

test('no value is shown where something is wrong with it', async () => {
  const { diagnostics } = await load(
    {
      ...web('    command: run "s3cret$P\n    env_file: a.env\n    hostname: s3cret${\n    user: ${NONE:?$P}\n'),
      'a.env': 'A="x\ns3cret=\nB s3cret=1\n',
    },
    { environment: { P: 's3cret' } },
  )
  expect(diagnostics.length).toBeGreaterThan(1)
  expect(JSON.stringify(diagnostics)).not.toContain('s3cret')
})

test.each([null, 'x', { configs: 5 }, { image: 'a' }])('nothing can be called __proto__: %j', async (service) => {
  const { diagnostics } = await load({ 'compose.yaml': `{ "services": { "__proto__": ${JSON.stringify(service)} } }` })
  expect(diagnostics).toMatchObject([{ code: 'compose_syntax', source: { line: 1, column: 17 } }])
})

test('an abort ends it', async () => {
  await expect(load(web(''), { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
})

const name = fc.constantFrom('a', 'b', 'x-y', 'web', '__proto__', 'constructor', 'services')
const attributeName = fc.constantFrom(
  'image',
  'build',
  'command',
  'ports',
  'volumes',
  'environment',
  'networks',
  'depends_on',
  'extends',
  'deploy',
  'healthcheck',
  'ulimits',
  'secrets',
  'configs',
  'links',
  'env_file',
  'extra_hosts',
  'logging',
  'gpus',
  'devices',
  'profiles',
  'toString',
  'x-a',
)
const leaf = fc.oneof(
  fc.string(),
  fc.constantFrom('80:80', './a:/b', '${X:-y}', '${', '$', 'a=b', 'service:a', 'no', '5s', '1g', 'a b', ''),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(name, attributeName), tie('value'), { maxKeys: 3 }),
  ),
}))
const file = fc.record(
  {
    services: fc.dictionary(name, fc.oneof(value, fc.dictionary(attributeName, value, { maxKeys: 5 })), { maxKeys: 3 }),
    networks: value,
    volumes: value,
    include: value,
    name: leaf,
    'x-a': value,
  },
  { requiredKeys: [] },
)

test('whatever a file says, it is loaded or told what is wrong', async () => {
  const tags = fc.constantFrom('', '!reset ', '!override ', '!!str ', '&a ', '*a ')
  await fc.assert(
    fc.asyncProperty(file, file, fc.array(tags, { maxLength: 3 }), async (first, second, said) => {
      let count = 0
      const over = JSON.stringify(second).replaceAll(/(?<=:)(?=[{["])/g, () => said[count++ % 7] ?? '')
      const { project, diagnostics } = await load(
        { 'compose.yaml': JSON.stringify(first), 'over.yaml': over },
        { files: ['/p/compose.yaml', '/p/over.yaml'] },
      )
      const failed = diagnostics.some(({ severity }) => severity === 'error')
      expect(project === undefined).toBe(failed)
    }),
    { numRuns: 300 },
  )
})

test('whatever text a file has, it is loaded or told what is wrong', async () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'services:',
      '\n  ',
      '\n',
      '- ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '<<: ',
      '!reset',
      '"',
      "'",
      '|',
      '>',
      '---',
      '? ',
      '#',
      '%',
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const { project, diagnostics } = await load({ 'compose.yaml': pieces.join('') })
      expect(project !== undefined || diagnostics.length > 0).toBe(true)
    }),
    { numRuns: 300 },
  )
})
