import fc from 'fast-check';

/**
 * Properties try the same cases on every run, so that a red test is a change's doing. Other cases: `TELLTALE_SEED=n npm test`, or
 * `TELLTALE_SEED=random`; a failure prints its seed.
 */
const wanted = process.env['TELLTALE_SEED'] ?? '20261124';
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
