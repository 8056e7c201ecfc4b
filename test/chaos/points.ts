import { join } from 'node:path';
import { FAULT_POINTS, type FaultPoint } from '../../engine/runtime/index.ts';
import { seedOf } from '../fuzz/random.ts';
import { BUILT_COMMAND, pause } from '../support/daemon-process.ts';
import { finished, makeNest, uninterrupted } from './feeding.ts';
import type { ChaosOptions, ChaosReport, Harness } from './harness.ts';
import { differences } from './outcome.ts';
import { Sender } from './sender.ts';
import { makeStream } from './stream.ts';

/** A point that is not passed within so long was not reached. */
const REACHED_MS = 60_000;
/** Points that a life passes once. At the others it is the second or third time: the first commit of a life is the start's own. */
const ONCE: readonly FaultPoint[] = ['store-opened', 'stages-recovered'];
/** How often outputs are called depends on how much falls into one call: a third time need not come. */
const TWICE: readonly FaultPoint[] = ['before-deliver', 'after-deliver', 'after-settle'];

/** Kills at each named point, one after the other on one state; a run goes once through all of them. */
export const points: Harness = {
  name: 'points',
  about: `the process ends itself at each of the ${FAULT_POINTS.length} named points in turn: the same alerts and incidents as without, and every point reached`,
  shortRuns: 1,
  longRuns: 5,
  mutants: ['positions are committed before the rest', 'the last steps are forgotten at a restart'],
  mutantRuns: 1,
  run: atPoints,
};

async function atPoints({ runs, seed, folder, command, say }: ChaosOptions): Promise<ChaosReport> {
  const stream = makeStream(seedOf(seed, 'points', 0), { batches: runs * FAULT_POINTS.length * 6 });
  const expected = await uninterrupted({ folder }, stream, BUILT_COMMAND);
  const nest = await makeNest(join(folder, 'killed'), command);
  const sender = new Sender(nest.port);
  const failures: string[] = [];
  let next = 0;
  let stopped = false;
  let allowed = 0;
  const feeding = (async () => {
    while (!stopped && next < stream.batches.length) {
      const batch = stream.batches[next];
      if (batch === undefined) break;
      if (next >= allowed) await pause(5);
      else if (await sender.send(batch)) next++;
    }
  })();
  let reached = 0;
  for (let run = 0; run < runs; run++) {
    for (const point of FAULT_POINTS) {
      allowed = Math.min(stream.batches.length, next + 5);
      const daemon = nest.start({
        args: ['--fault', `${point}:${passes(point, run)}`],
        env: { TELLTALE_FAULTS: 'allow' },
      });
      const end = await Promise.race([daemon.ended, pause(REACHED_MS)]);
      if (end?.signal === 'SIGKILL') reached++;
      else {
        failures.push(`${point} was not reached${end === undefined ? '' : `: it ended with ${end.code}`}`);
        await daemon.kill();
      }
    }
    say(`${reached} kills at named points`);
  }
  stopped = true;
  sender.stop();
  await feeding;
  const last = new Sender(nest.port);
  const found = await finished(nest, last, [...stream.batches.slice(next), stream.closing]);
  const outside = {
    acknowledged: sender.ledger.acknowledged + last.ledger.acknowledged,
    // What was under way when the sender was stopped got no answer either.
    inDoubt: sender.ledger.inDoubt + last.ledger.inDoubt + (stream.batches[next]?.events ?? 0),
    refused: 0,
  };
  return {
    seen: [
      `${reached} of ${runs * FAULT_POINTS.length} points reached`,
      `${found.revisions.size} revisions, ${found.repeats} lines written twice or more`,
    ],
    failures: [...failures, ...differences(expected, found, outside)],
  };
}

/** At the how manieth passing of a life it ends. */
function passes(point: FaultPoint, run: number): number {
  if (ONCE.includes(point)) return 1;
  return TWICE.includes(point) ? 2 : 2 + (run % 2);
}
