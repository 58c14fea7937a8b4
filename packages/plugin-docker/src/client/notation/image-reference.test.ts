import { expect, test } from 'vitest'
import { canonicalImage, parseImageReference } from './image-reference.ts'

const digest = `sha256:${'ab'.repeat(32)}`

test.each([
  ['nginx', 'nginx:latest'],
  ['nginx:1.27', 'nginx:1.27'],
  ['library/nginx', 'nginx:latest'],
  ['docker.io/nginx', 'nginx:latest'],
  ['docker.io/library/nginx:latest', 'nginx:latest'],
  ['index.docker.io/library/nginx', 'nginx:latest'],
  ['grafana/grafana', 'grafana/grafana:latest'],
  ['docker.io/grafana/grafana:11', 'grafana/grafana:11'],
  ['ghcr.io/owner/app', 'ghcr.io/owner/app:latest'],
  ['localhost/app', 'localhost/app:latest'],
  ['tower:5000/app', 'tower:5000/app:latest'],
  ['10.0.0.1:5000/a/b:c', '10.0.0.1:5000/a/b:c'],
  [`nginx@${digest}`, `nginx@${digest}`],
  [`docker.io/library/nginx:1.27@${digest}`, `nginx:1.27@${digest}`],
  ['ab'.repeat(32), digest],
  [digest, digest],
])('%s is %s', (text, canonical) => {
  expect(canonicalImage(text)).toBe(canonical)
  expect(canonicalImage(canonical)).toBe(canonical)
})

test.each(['', 'Nginx', 'nginx:', 'a/b:c/d', 'nginx@sha256:12', '/nginx', 'nginx:a b'])(
  '"%s" is no reference',
  (text) => {
    expect(() => parseImageReference(text)).toThrow(RangeError)
  },
)
