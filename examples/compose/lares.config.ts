import { defineLab, secret } from '@lares/core'
import docker from '@lares/plugin-docker'

// DB_PASSWORD=... npm run lares -- plan; then change something in compose.yaml, and plan again.
const notes = docker.compose('notes', {
  file: 'compose.yaml',
  environment: { DB_PASSWORD: secret.env('DB_PASSWORD'), AUTHOR: 'the family' },
})

export default defineLab({ name: 'notebook', resources: [notes] })
