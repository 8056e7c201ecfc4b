import { join } from 'node:path';
import { Random, seedOf } from '../fuzz/random.ts';
import { BUILT_COMMAND, type DaemonProcess, pause } from '../support/daemon-process.ts';
import { finished, makeNest, type Nest, uninterrupted } from './feeding.ts';
import type { ChaosOptions, ChaosReport, Harness } from './harness.ts';
import { differences } from './outcome.ts';
import { Sender } from './sender.ts';
import { makeStream, type Stream } from './stream.ts';

/** Batches that may be sent in one life. */
const BATCHES_A_LIFE = 4;

/** One life of the daemon: it may take some batches, and ends at a moment that is drawn. */
class Lives {
  readonly #nest: Nest;
  readonly #stream: Stream;
  readonly sender: Sender;
  #sent = 0;
  #allowed = 0;
  #wake: (() => void) | undefined;
  readonly #feeding: Promise<void>;
  readyMs: number[] = [];

  constructor(nest: Nest, stream: Stream) {
    this.#nest = nest;
    this.#stream = stream;
    this.sender = new Sender(nest.port);
    this.#feeding = this.#feed();
  }

  /** In the start, while it works, or when it has nothing to do: each is drawn as often. */
  async live(random: Random): Promise<'starting' | 'working' | 'idle'> {
    const daemon = this.#nest.start();
    const before = this.#sent;
    this.#allowed = Math.min(this.#stream.batches.length, this.#sent + BATCHES_A_LIFE);
    this.#wake?.();
    const when = random.one(['starting', 'working', 'working', 'working', 'idle'] as const);
    if (when === 'starting') await pause(random.fraction() * 1000);
    else {
      await this.#until(daemon, () => this.#sent > before || before === this.#stream.batches.length);
      await pause(random.fraction() * (when === 'working' ? 60 : 600));
    }
    await daemon.kill();
    return when;
  }

  /** Batches that are not acknowledged yet. */
  async rest(): Promise<Stream['batches']> {
    // What is under way now is sent again until it is acknowledged, by the next daemon.
    this.#allowed = this.#sent;
    return this.#stream.batches.slice(this.#sent);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Lets everything go, and resolves when it is acknowledged. */
  async all(): Promise<void> {
    this.#allowed = this.#stream.batches.length;
    this.#wake?.();
    await this.#feeding;
  }

  async #until(daemon: DaemonProcess, what: () => boolean): Promise<void> {
    const began = performance.now();
    while (!what()) {
      if (daemon.end !== undefined) throw new Error(`the daemon ended by itself:\n${daemon.said}`);
      if (performance.now() - began > 60_000)
        throw new Error(`nothing was taken in a minute:\n${daemon.said}`);
      await pause(2);
    }
  }

  async #feed(): Promise<void> {
    while (this.#sent < this.#stream.batches.length) {
      if (this.#sent >= this.#allowed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const batch = this.#stream.batches[this.#sent];
      if (batch === undefined || !(await this.sender.send(batch))) return;
      this.#sent++;
    }
  }
}

/** Kills at random: −9, again and again, whatever it is doing. */
export const kills: Harness = {
  name: 'kills',
  about: 'kill −9 at random moments while events come over HTTP: the same alerts and incidents as without',
  shortRuns: 10,
  longRuns: 1000,
  mutants: [
    'answer before the spool has it',
    'positions are committed before the rest',
    'the last steps are forgotten at a restart',
  ],
  mutantRuns: 40,
  run: randomKills,
};

async function randomKills({ runs, seed, folder, command, say }: ChaosOptions): Promise<ChaosReport> {
  const stream = makeStream(seedOf(seed, 'kills', 0), { batches: Math.max(40, runs * 3) });
  const expected = await uninterrupted({ folder }, stream, BUILT_COMMAND);
  const nest = await makeNest(join(folder, 'killed'), command);
  const lives = new Lives(nest, stream);
  const random = new Random(seedOf(seed, 'kills', 1));
  const times = { starting: 0, working: 0, idle: 0 };
  for (let i = 0; i < runs; i++) {
    times[await lives.live(random)]++;
    if ((i + 1) % 50 === 0)
      say(`${i + 1} kills, ${lives.sent} of ${stream.batches.length} batches acknowledged`);
  }
  const last = nest.start();
  await last.ready();
  await lives.all();
  await last.stop();
  const found = await finished(nest, lives.sender, [stream.closing]);
  const { acknowledged, inDoubt } = lives.sender.ledger;
  return {
    seen: [
      `${runs} kills: ${times.starting} in the start, ${times.working} at work, ${times.idle} idle; ${acknowledged} events acknowledged, ${inDoubt} of requests without an answer`,
      `${found.revisions.size} revisions, ${found.written.length} lines written, ${found.repeats} of them twice or more`,
    ],
    failures: differences(expected, found, lives.sender.ledger),
  };
}
