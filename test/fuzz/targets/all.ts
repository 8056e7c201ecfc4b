import { type FuzzTarget, must } from '../target.ts';
import { FEED_TARGETS } from './feeds.ts';
import { RECORD_TARGETS } from './records.ts';
import { RULE_TARGETS } from './rules.ts';
import { SENDER_TARGETS } from './senders.ts';
import { STATE_TARGETS } from './state.ts';

/** A parser that crashes, one that hangs and one that loses its neighbour: what the harness must catch. Run only where they are asked for. */
const PLANTED: readonly FuzzTarget[] = ['crash', 'hang', 'loss'].map((kind) => ({
  name: `planted-${kind}`,
  law: 'broken on purpose',
  weight: 1,
  corpus: [new TextEncoder().encode('{"a":1}')],
  words: ['x'],
  run: (input) => {
    // One input in some hundreds has it.
    if (!input.includes(0x78) || !input.includes(0x5b)) return;
    if (kind === 'hang') for (const until = Date.now() + 5000; Date.now() < until; );
    if (kind === 'loss') must(false, 'a loss');
    if (kind === 'crash') throw new TypeError('a crash');
  },
}));

/** Every parser of what comes from outside. `TELLTALE_FUZZ_PLANTED` (`crash`, `hang` or `loss`) puts a broken one among them. */
export const TARGETS: readonly FuzzTarget[] = [
  ...RECORD_TARGETS,
  ...SENDER_TARGETS,
  ...RULE_TARGETS,
  ...FEED_TARGETS,
  ...STATE_TARGETS,
  ...PLANTED.filter(({ name }) => name === `planted-${process.env['TELLTALE_FUZZ_PLANTED'] ?? ''}`),
];
