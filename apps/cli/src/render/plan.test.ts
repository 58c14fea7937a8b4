import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { colourStyle, plainStyle } from '../style.ts'
import { change, node, planOf } from '../testing/sample-plan.ts'
import { renderPlan, wouldDo } from './plan.ts'

const unknown = { $lares: 'unknown' }

test('what is lost comes first, host by host, layer in layer', () => {
  const plan = planOf([
    node('tower', 'host.machine', 'none'),
    node('plex-vm', 'kvm.domain', 'create', {
      on: 'tower',
      causes: ['new'],
      changes: [change('ip', undefined, unknown)],
    }),
    node('plex', 'docker.container', 'create', {
      on: 'plex-vm',
      causes: ['new'],
      permitted: ['create', 'none'],
      waitsFor: ['plex-vm'],
    }),
    node('web', 'docker.container', 'replace', {
      on: 'tower',
      causes: ['changed', 'drifted'],
      effect: 'replace',
      order: 'swap',
      changes: [
        change('image', 'nginx:1.26', 'nginx:1.27', { effect: 'replace' }),
        change('env.TOKEN', 'old', 'new', { effect: 'replace', cause: 'drifted', secret: true }),
      ],
    }),
    node('web', 'docker.container', 'delete', { id: 'web#old', on: 'tower' }),
    node('proxy', 'docker.container', 'update', {
      on: 'tower',
      effect: 'restart',
      causes: ['drifted'],
      changes: [
        change('memory', '1GiB', '2GiB', { cause: 'drifted', note: 'the engine changes it in place' }),
        change('networks', undefined, undefined, {
          effect: 'restart',
          nested: [change('networks.lan.aliases', ['a'], ['a', 'b'], { effect: 'restart' })],
        }),
      ],
      released: ['hostname'],
    }),
    node('old', 'docker.network', 'delete', { on: 'tower', causes: ['removed'] }),
    node('data', 'docker.volume', 'keep', { on: 'tower', causes: ['removed'] }),
    node('cloud', 'docker.compose', 'delete', { causes: ['removed'], keepParts: ['volumes/db'] }),
    node('inside', 'docker.container', 'delete', { causes: ['gone with its host'], goneWith: 'cloud' }),
    node('deposed', 'docker.container', 'delete', { id: 'deposed#old', on: 'tower', causes: ['interrupted'] }),
    node('deposed', 'docker.container', 'none', { on: 'tower' }),
    node('renamed', 'docker.container', 'update', { on: 'tower', effect: 'live', from: 'former', causes: ['renamed'] }),
  ])
  expect(renderPlan(plan, plainStyle)).toMatchInlineSnapshot(`
    "On tower
        -  old                          docker.network    delete (removed)
        -  deposed (its former object)  docker.container  delete (interrupted)
      -/+  web                          docker.container  replace (changed, drifted)
            the new one takes over when it is good; until then the old one stays
            image:     "nginx:1.26" -> "nginx:1.27"  [needs a new object, changed]
            env.TOKEN: (secret) differs  [needs a new object, drifted]
        =  data                         docker.volume     keep (removed)
            holds data, so it stays; to delete it: --allow-data-loss data
        ~  proxy                        docker.container  update, with a restart (drifted)
            no longer managed, left as it is: hostname
            memory:   "1GiB" -> "2GiB"  [live, drifted, the engine changes it in place]
            networks: [restart, changed]
              networks.lan.aliases: ["a"] -> ["a","b"]  [restart, changed]
        ~  renamed                      docker.container  update, live (renamed)
            was former
        +  plex-vm                      kvm.domain        create (new)
            ip: (known after apply)
      On plex-vm
          ?  plex  docker.container  create or nothing (new), decided after plex-vm is ready

    This machine
        -  cloud   docker.compose    delete (removed)
            volumes/db holds data and stays; to delete it: --allow-data-loss cloud/volumes/db
        -  inside  docker.container  delete (gone with its host)
            goes with cloud

    Plan: 4 to delete, 1 to replace, 2 to update, 2 to create, 1 to keep; 1 of these decided on the way.
    "
  `)
})

test('what cannot be seen or must not be touched is left alone, and the reason stands at the end', () => {
  const plan = planOf(
    [
      node('share', 'nfs.export', 'none', { on: 'nas', blocked: 'unreachable' }),
      node('mount', 'nfs.mount', 'create', { blocked: 'dependency' }),
      node('foreign', 'docker.container', 'create', { blocked: 'refused' }),
      node('cloud', 'docker.compose', 'update', {
        blocked: 'refused',
        changes: [
          change('volumes.db', undefined, undefined, { action: 'replace', note: 'driver; what is in it is lost' }),
        ],
      }),
    ],
    {
      diagnostics: [
        {
          severity: 'warning',
          code: 'unreachable',
          address: 'nas',
          summary: 'nas.lan does not answer',
          detail: 'ETIMEDOUT',
        },
        {
          severity: 'error',
          code: 'already_exists',
          address: 'foreign',
          summary: 'It is there',
          advice: 'lares import foreign',
        },
      ],
    },
  )
  expect(renderPlan(plan, plainStyle)).toMatchInlineSnapshot(`
    "On nas
        !  share  nfs.export  left alone: its host does not answer

    This machine
        !  cloud    docker.compose    left alone: see below
            -/+ volumes.db  replace (driver; what is in it is lost)
        !  mount    nfs.mount         left alone: it waits for something that is left alone
        !  foreign  docker.container  left alone: see below

    No changes, as far as could be seen.

    Error: It is there [already_exists]
      at foreign
      → lares import foreign

    Warning: nas.lan does not answer [unreachable]
      at nas
      ETIMEDOUT
    "
  `)
})

test('nothing to do is said in one line', () => {
  expect(renderPlan(planOf([node('web', 'docker.container', 'none')]), plainStyle)).toMatchInlineSnapshot(`
    "No changes. The lab is as declared.
    "
  `)
  expect(renderPlan(planOf([], { mode: 'destroy' }), plainStyle)).toMatchInlineSnapshot(`
    "Nothing to destroy.
    "
  `)
})

test('outputs alone are a reason to apply', () => {
  const plan = planOf([], {
    outputs: {
      url: { before: 'http://a', after: 'http://b' },
      same: { before: 1, after: 1 },
      token: { after: unknown },
      password: { before: { $lares: 'secret', hmac: 'x' }, after: 'open', secret: true },
      gone: { before: [1] },
    },
  })
  expect(wouldDo(plan)).toBe(true)
  expect(renderPlan(plan, plainStyle)).toMatchInlineSnapshot(`
    "Outputs
        ~  url = "http://a" -> "http://b"
        +  token = (known after apply)
        ~  password = (secret) differs
        -  gone = [1]

    Plan: only outputs change.
    "
  `)
})

test('of long values only the part that differs is shown', () => {
  const text = 'x'.repeat(200)
  const plan = planOf([
    node('web', 'host.file', 'update', {
      effect: 'live',
      changes: [change('content', `${text}old${text}`, `${text}new${text}`)],
    }),
  ])
  const lines = renderPlan(plan, plainStyle).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200)
  expect(lines.join('\n')).toMatch(/…x+old.*… -> …x+new/)
})

test('colour adds nothing but colour', () => {
  const plan = planOf([
    node('web', 'docker.container', 'replace', { causes: ['changed'], changes: [change('image', 'a', 'b')] }),
    node('old', 'docker.container', 'delete', { causes: ['removed'] }),
  ])
  const coloured = renderPlan(plan, colourStyle)
  expect(coloured).toContain('\x1b[31m')
  expect(stripVTControlCharacters(coloured)).toBe(renderPlan(plan, plainStyle))
})

test('a stop is shown in the order in which it goes, a start too', () => {
  const stop = [
    node('plex', 'docker.compose', 'stop', { on: 'plex-vm' }),
    node('web', 'docker.container', 'stop', { on: 'plex-vm' }),
    node('films', 'nfs.mount', 'stop', { on: 'plex-vm', after: ['plex'] }),
    node('spare', 'nfs.mount', 'none', { on: 'plex-vm', after: ['plex'] }),
    node('plex-vm', 'kvm.domain', 'stop', { on: 'tower', after: ['films', 'spare', 'web'] }),
    node('attic-vm', 'kvm.domain', 'none', { on: 'attic', blocked: 'unreachable' }),
  ]
  expect(renderPlan(planOf(stop, { mode: 'stop' }), plainStyle)).toMatchInlineSnapshot(`
    "To be stopped, in this order
      !     attic-vm  kvm.domain        left alone: its host does not answer
      -  1  plex      docker.compose    on plex-vm
      -  1  web       docker.container  on plex-vm
      -  2  films     nfs.mount         on plex-vm
      -  3  plex-vm   kvm.domain        on tower

    Plan: 4 to stop; 1 left alone.
    "
  `)
  const start = [
    node('plex-vm', 'kvm.domain', 'start', { on: 'tower' }),
    node('plex', 'docker.compose', 'start', { on: 'plex-vm', after: ['plex-vm'], permitted: ['start', 'none'] }),
  ]
  expect(renderPlan(planOf(start, { mode: 'start' }), plainStyle)).toMatchInlineSnapshot(`
    "To be started, in this order
      +  1  plex-vm  kvm.domain      on tower
      +  2  plex     docker.compose  on plex-vm

    Plan: 2 to start.
    "
  `)
  expect(renderPlan(planOf([], { mode: 'start' }), plainStyle)).toBe('Nothing to start.\n')
})

test('what is stopped on purpose is one line', () => {
  const off = Array.from({ length: 7 }, (_, i) => node(`web${i}`, 'docker.container', 'none', { blocked: 'stopped' }))
  expect(renderPlan(planOf(off), plainStyle)).toMatchInlineSnapshot(`
    "Stopped on purpose, and left so: web0, web1, web2, web3 and 3 more. To start again: lares start

    No changes besides.
    "
  `)
})
