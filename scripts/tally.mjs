import { writeFileSync } from 'node:fs'

/**
 * A vitest reporter that writes `{ passed, failed, skipped: [{ name, reason }] }` to the file named by LARES_TALLY.
 * A file that could not be loaded and an error outside any test count as failures.
 */
export default class Tally {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: [] }
    for (const module of modules) {
      if (module.errors().length > 0) tally.failed += 1
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) tally.failed += 1
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        if (state === 'passed') tally.passed += 1
        else if (state === 'failed') tally.failed += 1
        else
          tally.skipped.push({
            name: `${module.relativeModuleId} > ${test.fullName}`,
            reason: note ?? 'no reason given',
          })
      }
    }
    writeFileSync(process.env.LARES_TALLY, JSON.stringify(tally))
  }
}
