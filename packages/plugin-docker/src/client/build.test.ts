import { expect, test } from 'vitest'
import { baseRegistries } from './build.ts'

test('registries of the images that a Dockerfile builds on', () => {
  const dockerfile = `
ARG VERSION=1
FROM --platform=linux/amd64 ghcr.io/owner/base:1 AS base
from nginx
FROM tower:5000/app:$VERSION
FROM base
FROM scratch
COPY --from=quay.io/tool:2 /a /b
COPY --chown=1 --from=0 /a /b
`
  expect(baseRegistries(dockerfile)).toEqual(['ghcr.io', 'docker.io', 'quay.io'])
})
