import { writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const failure = (name, errors) => ({
  name,
  text: stripVTControlCharacters(
    errors.map(({ message, stack, diff }) => `${stack ?? message}\n${diff ?? ''}`).join('\n'),
  ),
})

/**
 * A vitest reporter that writes `{ passed, failures: [{ name, text }], skipped: [{ name, reason }] }` to the file named
 * by LARES_TALLY. A file that could not be loaded and an error outside any test count as failures.
 */
export default class Tally {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = {
      passed: 0,
      failures: unhandledErrors.map((error) => failure('outside any test', [error])),
      skipped: [],
    }
    const fails = (name, errors) => tally.failures.push(failure(name, errors))
    for (const module of modules) {
      const file = module.relativeModuleId
      if (module.errors().length > 0) fails(file, module.errors())
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) fails(`${file} > ${suite.fullName}`, suite.errors())
      for (const test of module.children.allTests()) {
        const name = `${file} > ${test.fullName}`
        const { state, note, errors } = test.result()
        if (state === 'passed') tally.passed += 1
        else if (state === 'failed') fails(name, errors)
        else tally.skipped.push({ name, reason: note ?? 'no reason given' })
      }
    }
    writeFileSync(process.env.LARES_TALLY, JSON.stringify(tally))
  }
}
