import { expect, test } from 'vitest'
import { after, type Course, isLate, isSteady, pauseIn } from './course.ts'

const patience = { every: 1000, within: 10_000, for: 3000, timeout: 5000 }

/** Answers by the second that they come in: `+` good, `-` bad, ` ` none. What has come of it, and when. */
function outcomeOf(answers: string): string {
  let course: Course = { begun: 0 }
  for (const [second, answer] of [...answers].entries()) {
    if (answer === ' ') continue
    course = after(course, answer === '+', second * 1000)
    if (isSteady(course, patience, second * 1000)) return `good after ${second} s`
    if (isLate(course, patience, second * 1000)) return `late after ${second} s`
  }
  return 'asked on'
}

test.each([
  ['++++', 'good after 3 s'],
  ['---++++', 'good after 6 s'],
  ['+ +  +', 'good after 5 s'],
  ['++-++-++-+-', 'late after 10 s'],
  ['-----------', 'late after 10 s'],
  // What begins to be good in time may stay so for its time.
  ['---------+++', 'asked on'],
  ['---------++++', 'good after 12 s'],
  ['---------++-', 'late after 11 s'],
  ['-          -', 'late after 11 s'],
])('answers %s: %s', (answers, outcome) => {
  expect(outcomeOf(answers)).toBe(outcome)
})

test('what has not to stay good is good at once', () => {
  expect(isSteady(after({ begun: 0 }, true, 5), { ...patience, for: 0 }, 5)).toBe(true)
})

test('a question right at the end of a time decides', () => {
  expect(pauseIn({ begun: 0 }, patience, 2000)).toBe(1000)
  expect(pauseIn({ begun: 0 }, patience, 9600)).toBe(400)
  expect(pauseIn({ begun: 0, goodSince: 5000 }, patience, 7800)).toBe(200)
  expect(pauseIn({ begun: 0, goodSince: 5000 }, patience, 9000)).toBe(1000)
  expect(pauseIn({ begun: 0 }, patience, 9999)).toBe(20)
})
