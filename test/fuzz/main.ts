/** `npm run fuzz -- [--inputs N] [--seed N] [--only TARGET,…] [--show TARGET:NUMBER]`: broken inputs for every parser of what comes from outside. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { mutated } from './mutate.ts';
import { Random, seedOf } from './random.ts';
import { TARGETS } from './targets/all.ts';

const HANG_MS = 1000;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '20261124' },
    only: { type: 'string' },
    show: { type: 'string' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const seed = Number(values.seed);
const only = values.only?.split(',');
const targets = TARGETS.filter(({ name }) => only === undefined || only.includes(name));

if (values.show !== undefined) {
  const [name = '', number = '0'] = values.show.split(':');
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const words = target.words.map((word) => new TextEncoder().encode(word));
  process.stdout.write(
    mutated({ corpus: target.corpus, words }, new Random(seedOf(seed, name, Number(number)))),
  );
} else {
  const began = performance.now();
  say(`${targets.length} parsers, seed ${seed}`);
  const { inputs, failures } = await fuzz({
    seed,
    inputs: Number(values.inputs),
    targets,
    hangMs: HANG_MS,
    progress: (target, count, tookMs) =>
      say(
        `${target.padEnd(16)} ${String(count).padStart(10)} inputs  ${((tookMs * 1000) / Math.max(1, count)).toFixed(1).padStart(8)} µs each`,
      ),
  });
  for (const { target, number, reason, input } of failures)
    say(
      `\nFAILED ${target}:${number} (show it: npm run fuzz -- --seed ${seed} --show ${target}:${number})\n${reason}\n${JSON.stringify(Buffer.from(input).toString('latin1').slice(0, 300))}`,
    );
  say(
    `\n${inputs} inputs in ${Math.round((performance.now() - began) / 1000)} s, ${failures.length} failures`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}
