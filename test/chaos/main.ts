/**
 * `npm run chaos -- [--only HARNESS,…] [--runs N] [--seed N] [--no-mutants]`: every harness first on copies of the build with a fault planted,
 * which it must see, then on the build.
 */
import { parseArgs } from 'node:util';
import { HARNESSES } from './all.ts';
import { tried, triedOn } from './run.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '20261124' },
    'no-mutants': { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const only = values.only?.split(',');
const unknown = only?.find((name) => !HARNESSES.some((one) => one.name === name));
const seed = Number(values.seed);
if (unknown !== undefined) {
  say(`there is no harness ${unknown}; there are: ${HARNESSES.map(({ name }) => name).join(', ')}`);
  process.exitCode = 3;
} else {
  let failed = 0;
  say(`seed ${seed}`);
  for (const harness of HARNESSES.filter(({ name }) => only?.includes(name) !== false)) {
    say(`\n${harness.name}: ${harness.about}`);
    for (const mutant of values['no-mutants'] ? [] : harness.mutants) {
      const { failures } = await triedOn(harness, mutant, {
        runs: harness.mutantRuns,
        seed,
        say: () => undefined,
      });
      if (failures.length === 0) failed++;
      say(
        `  mutant “${mutant}”: ${failures[0] === undefined ? 'NOT SEEN' : `seen (${firstLine(failures[0])})`}`,
      );
    }
    const runs = values.runs === undefined ? harness.longRuns : Number(values.runs);
    const began = performance.now();
    const { seen, failures } = await tried(harness, { runs, seed, say: (text) => say(`  … ${text}`) });
    for (const line of seen) say(`  ${line}`);
    for (const line of failures) say(`  FAILED: ${line.slice(0, 2000)}`);
    if (failures.length > 0) failed++;
    say(
      `  ${failures.length === 0 ? 'held' : 'FAILED'} in ${Math.round((performance.now() - began) / 1000)} s`,
    );
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
