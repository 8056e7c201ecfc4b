import type { Detected, DetectorPort, DetectTask } from './detection.ts';

/** A detector that can say when it has its rules ready. */
export interface PreparedDetector extends DetectorPort {
  /** Resolves when the rules are linked; rejects where they cannot be. */
  ready(): Promise<void>;
}

/**
 * The detectors of one set of rules after another. A batch is detected by that set which was in use when it came, whatever happens meanwhile: a
 * new set is made ready beside the old one, so that matching never waits for it, and the old one ends when its last batch is done.
 */
export class DetectorGenerations<T extends DetectorPort = DetectorPort> implements DetectorPort {
  #current: T;
  readonly #underWay = new Map<T, number>();
  readonly #retired = new Set<T>();
  readonly #closing: Promise<void>[] = [];

  constructor(first: T) {
    this.#current = first;
  }

  get inFlightMax(): number {
    return this.#current.inFlightMax;
  }

  /** The detector in use. */
  get current(): T {
    return this.#current;
  }

  async detect(task: DetectTask): Promise<Detected> {
    const own = this.#current;
    this.#underWay.set(own, (this.#underWay.get(own) ?? 0) + 1);
    try {
      return await own.detect(task);
    } finally {
      this.#underWay.set(own, (this.#underWay.get(own) ?? 1) - 1);
      this.#bury(own);
    }
  }

  /** Later batches are detected by another set. The one before stays until it is retired: what was detected by the new one may be taken back. */
  use(next: T): void {
    this.#current = next;
  }

  /** Does something with every set that may still be asked. */
  each(work: (detector: T) => void): void {
    for (const one of new Set([this.#current, ...this.#underWay.keys()])) work(one);
  }

  /** Ends a detector when its last batch is done. The one in use cannot be retired. */
  retire(old: T): void {
    if (old === this.#current) return;
    this.#retired.add(old);
    this.#bury(old);
  }

  async close(): Promise<void> {
    const all = new Set([this.#current, ...this.#underWay.keys(), ...this.#retired]);
    this.#retired.clear();
    this.#underWay.clear();
    await Promise.all([...[...all].map((one) => one.close()), ...this.#closing]);
  }

  #bury(old: T): void {
    if (!this.#retired.has(old) || (this.#underWay.get(old) ?? 0) > 0) return;
    this.#retired.delete(old);
    this.#underWay.delete(old);
    this.#closing.push(old.close());
  }
}
