export { type ResourceContract, resourceContract } from './contract.ts'
export { type Fake, fakePlugin } from './fake-plugin.ts'
export {
  type Box,
  type FakeMachine,
  type FakeObject,
  type Fault,
  fakeWorld,
  type Life,
  type WireCall,
  type WireVerb,
  type World,
} from './fake-world.ts'
export { withOptionTables } from './option-tables.ts'
export { Crash, type CrashOptions, type MemoryStore, memoryStore } from './store.ts'
export { recordOf, type StoreUnderTest, storeContract, type TestApi } from './store-contract.ts'
export { type CrashPoint, changesText, type TestEngine, type TestEngineOptions, testEngine } from './test-engine.ts'
