import { eventTime } from '../model/index.ts';
import type { FeedChange, LiveCases } from '../pipeline/index.ts';
import type {
  ClockPort,
  Daemon,
  Detected,
  DetectTask,
  LogPort,
  ObservedMemory,
  StorePort,
} from '../runtime/index.ts';
import { isOpen } from './daemon-feeds.ts';
import { lookBack } from './daemon-retro.ts';

/** Under what the store keeps the digest of the feeds that were heeded last. */
const HEEDED_KEY = 'retro/digest';

/** What heeding works with. */
export interface HeedingPorts {
  readonly memory: ObservedMemory;
  /** Whether anything is remembered to look back on. */
  readonly remembers: boolean;
  readonly store: StorePort;
  readonly log: LogPort;
  readonly clock: ClockPort;
  readonly stop: AbortSignal;
  readonly daemon: () => Daemon;
  readonly stages: () => LiveCases | undefined;
  readonly detect: (task: DetectTask) => Promise<Detected>;
}

/** Does what follows when feeds say something else: what they took back is let go, and what they have new is looked for in the past. */
export class FeedHeeding {
  readonly #ports: HeedingPorts;
  /** Looking back takes its time; one after the other. */
  #looking = Promise.resolve();

  constructor(ports: HeedingPorts) {
    this.#ports = ports;
  }

  /** What feeds took back, or said anew, while nothing ran. A recording says the same every time: in it nothing may depend on the clock. */
  begin(input: 'feed' | 'recording', begun: FeedChange | undefined): void {
    const { store } = this.#ports;
    const heeded = store.value(HEEDED_KEY);
    if (begun === undefined) return;
    if (input === 'recording' || heeded === undefined) this.#note(begun);
    else if (new TextDecoder().decode(heeded) !== begun.after.digest) void this.heed(begun);
  }

  /** Resolves when what was taken back is let go; looking back goes on behind. */
  async heed(change: FeedChange): Promise<void> {
    const { stages, clock, store, daemon, stop, log } = this.#ports;
    const decisions = stages()?.letGo(change, eventTime(clock.nowMicros())) ?? [];
    // What somebody has closed already stays as they left it.
    const open = decisions.filter(({ target }) => isOpen(store, target.id));
    if (open.length > 0) await daemon().report([], open);
    this.#looking = this.#looking
      .then(() => this.#lookedBack(change))
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        if (!stop.aborted) log.error(`looking back failed: ${reason}`, { event: 'intel.retro', reason });
      });
  }

  async #lookedBack(change: FeedChange): Promise<void> {
    const { memory, remembers, daemon, detect, clock, stop, log } = this.#ports;
    // What was received before is detected by the old feeds; it is committed first, so that it is remembered.
    await daemon().passed();
    if (remembers) {
      const found = await lookBack(change, {
        memory,
        detect,
        take: (signals, values) => daemon().take(signals, { values }),
        pause: () => clock.sleep(1, stop),
      });
      if (found.signals > 0)
        log.info(`new indicators: ${found.signals} signals about ${found.records} remembered records`, {
          event: 'intel.retro',
          ...found,
        });
    }
    this.#note(change);
  }

  #note({ after }: FeedChange): void {
    this.#ports.store.putValue(HEEDED_KEY, new TextEncoder().encode(after.digest));
  }
}
