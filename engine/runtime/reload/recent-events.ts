import type { Detected, DetectorPort, DetectTask } from '../daemon/detection.ts';

const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/** A detector that keeps the newest batches, so that new rules can be tried on what comes now. At most 4 MiB, or so many batches as hold the events asked for. */
export class RecentEvents implements DetectorPort {
  readonly #detector: DetectorPort;
  readonly #eventsMax: number;
  readonly #kept: { readonly bytes: Uint8Array; readonly lines: number }[] = [];
  #bytes = 0;
  #lines = 0;

  constructor(detector: DetectorPort, eventsMax: number) {
    this.#detector = detector;
    this.#eventsMax = eventsMax;
  }

  get inFlightMax(): number {
    return this.#detector.inFlightMax;
  }

  async detect(task: DetectTask): Promise<Detected> {
    const detected = await this.#detector.detect(task);
    // A batch that holds a record which ends workers must not end the compiling thread too.
    if (this.#eventsMax > 0 && detected.dropped.size === 0) this.#keep(task.bytes.slice(), detected.events);
    return detected;
  }

  close(): Promise<void> {
    return this.#detector.close();
  }

  /** The newest events, one a line. */
  recent(): Uint8Array {
    const bytes = new Uint8Array(this.#bytes + this.#kept.length);
    let at = 0;
    for (const kept of this.#kept) {
      bytes.set(kept.bytes, at);
      at += kept.bytes.length;
      bytes[at++] = 10;
    }
    return bytes;
  }

  #keep(bytes: Uint8Array, lines: number): void {
    this.#kept.push({ bytes, lines });
    this.#bytes += bytes.length;
    this.#lines += lines;
    for (;;) {
      const first = this.#kept[0];
      if (first === undefined) return;
      if (this.#lines - first.lines < this.#eventsMax && this.#bytes <= KEPT_BYTES_MAX) return;
      this.#kept.shift();
      this.#bytes -= first.bytes.length;
      this.#lines -= first.lines;
    }
  }
}
