import fc from 'fast-check'

/** Properties try the same examples in every run, so that a change is what breaks one; `random` looks for new ones. */
const { LARES_PROPERTY_SEED: seed = '20261122' } = process.env
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })
