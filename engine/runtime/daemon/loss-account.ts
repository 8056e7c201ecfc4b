import { lossesOf } from './commit-parts.ts';
import type { SourcePort } from './source-port.ts';
import type { Ledger } from './store-port.ts';

/** What of the losses of sources is in the account already. */
export class LossAccount {
  readonly #sources: readonly SourcePort[];
  readonly #counted = new Map<string, { readonly rejected: number; readonly dropped: number }>();

  constructor(sources: readonly SourcePort[]) {
    this.#sources = sources;
  }

  /** Accounts with what pipes and receivers on the network did not hand on since the last time; what was read from files comes with its batches. */
  since(ledger: ReadonlyMap<string, Ledger>): ReadonlyMap<string, Ledger> {
    const found = new Map<string, Ledger>();
    for (const source of this.#sources) {
      const { name } = source;
      if (source.delivery === 'replayable') continue;
      const before = this.#counted.get(name) ?? { rejected: 0, dropped: 0 };
      const now = lossesOf(source.status().losses);
      const [rejected, dropped] = [now.rejected - before.rejected, now.dropped - before.dropped];
      if (rejected + dropped === 0) continue;
      this.#counted.set(name, now);
      const lost = [
        { kind: 'rejected', reason: '', count: rejected },
        { kind: 'dropped', reason: '', count: dropped },
      ] as const;
      found.set(name, lossesOf(lost, ledger.get(name)));
    }
    return found;
  }
}
