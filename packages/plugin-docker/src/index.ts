export * from './client/index.ts'
export { type ContainerOptions, containerOptions } from './options.ts'
