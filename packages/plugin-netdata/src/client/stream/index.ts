export { type Arrival, findNode, untilDataArrives } from './arrival.ts'
export { changeStreams, readStreams, type StreamState } from './file.ts'
export {
  type ChildOptions,
  childOptions,
  type ParentOptions,
  parentOptions,
  parseChildOptions,
  parseParentOptions,
} from './options.ts'
export { isEnabled, removeSection, type StreamSection, setSection, streamSections, takeSection } from './sections.ts'
