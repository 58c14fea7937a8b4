import { expect, test } from 'vitest'
import { intervalOf, jobIn, type Orchestrator, otherJobs, withJob, withoutJob } from './job-files.ts'

const job = { name: 'web', settings: { url: 'http://10.0.0.5', text: 'no', status_accepted: [200, 204] } }
const mark = 'home/web'

const FILES: [string, Orchestrator, string][] = [
  ['an empty file', 'go.d', ''],
  ['comments alone', 'go.d', '# update_every: 5\n#jobs:\n#  - name: local\n'],
  ['jobs of others', 'go.d', 'update_every: 5\njobs:\n  - name: theirs # keep\n    url: http://a\n\nafter: 1\n'],
  ['jobs that are not indented', 'go.d', 'jobs:\n\n# one\n- name: theirs\n  url: http://a\n'],
  ['no jobs', 'go.d', 'jobs:\nafter: 1\n'],
  ['an empty file', 'python.d', ''],
  ['jobs of others', 'python.d', '# By hand.\ntheirs:\n  url: http://a   # odd   spaces\n'],
]

test.each(FILES)('%s of %s (%#): a job goes in beside all else, and out again', (_, orchestrator, text) => {
  const others = otherJobs(text, orchestrator, mark)
  const after = withJob(text, orchestrator, mark, job)
  expect(jobIn(after, orchestrator, mark)).toEqual(job)
  expect(otherJobs(after, orchestrator, mark)).toEqual(others)
  expect(withJob(after, orchestrator, mark, job)).toBe(after)
  const both = withJob(after, orchestrator, 'home/webmail', { name: 'webmail', settings: {} })
  expect(otherJobs(both, orchestrator, mark)).toEqual(expect.arrayContaining(['webmail', ...others]))
  expect(withoutJob(withoutJob(both, orchestrator, mark), orchestrator, 'home/webmail')).toBe(text)
})

test('a list of jobs that is written empty becomes one', () => {
  expect(jobIn(withJob('jobs: []\n', 'go.d', mark, job), 'go.d', mark)).toEqual(job)
  expect(() => withJob('jobs: [{ name: a }]\n', 'go.d', mark, job)).toThrow('stands on one line')
})

test('what is no YAML is told', () => {
  expect(() => otherJobs('a: [\n', 'python.d', mark)).toThrow()
})

test('a block that was spoiled by hand is another job', () => {
  const spoiled = withJob('', 'python.d', mark, job).replace('web:', 'web: [')
  expect(jobIn(spoiled, 'python.d', mark)).toEqual({ name: '', settings: {} })
})

test('text that YAML 1.1 takes for something else is quoted', () => {
  const settings = { a: 'yes', b: '012', c: '1:30', d: 'null' }
  expect(withJob('', 'python.d', mark, { name: 'on', settings })).toMatchInlineSnapshot(`
    "# BEGIN lares: home/web
    "on":
      name: "on"
      a: "yes"
      b: "012"
      c: "1:30"
      d: "null"
    # END lares: home/web
    "
  `)
})

test.each([
  [{}, '', 'redis', 1],
  [{}, '# update_every: 60\n', 'x509check', 60],
  [{}, 'update_every: 30\njobs:\n', 'x509check', 30],
  [{ update_every: 120 }, 'update_every: 30\n', 'redis', 120],
])('%j in %j of %s is measured every %i s', (settings, text, module, seconds) => {
  expect(intervalOf({ name: 'one', settings }, text, module)).toBe(seconds)
})
