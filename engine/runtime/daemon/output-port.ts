/** One revision on its way to one output. */
export interface OutboxItem {
  /** Order of the item in the outbox; later revisions of one thing have larger numbers. */
  readonly sequence: number;
  readonly kind: 'alert' | 'incident' | 'heartbeat';
  readonly id: string;
  readonly revision: number;
  /** `<kind>:<id>:<revision>`: the same whenever the item is sent again. */
  readonly key: string;
  /** What must stay in order among itself: the incident's id, or the alert's. */
  readonly lane: string;
  /** The NDJSON line of the alert or incident, as `scan` writes it, without its line end. */
  readonly body: string;
  /** Attempts that failed before. */
  readonly attempts: number;
}

/**
 * What became of an item. `refused` will never be taken, and goes to the dead letters; `retry` says when, if the receiver did; `held` was not
 * tried, because one before it failed.
 */
export type Delivered =
  | { readonly kind: 'done' }
  | { readonly kind: 'held' }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'refused'; readonly reason: string };

/** What would be sent, byte for byte. */
export interface RenderedDelivery {
  /** In words: `POST https://…`, `append to alerts.ndjson`; without secrets. */
  readonly to: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** A receiver of alerts and incidents. One file of `adapters/outputs` each. It sends once; queueing, retry and order are the runtime's. */
export interface OutputPort {
  readonly name: string;
  /** Items that one call may carry. */
  readonly batchMax: number;
  /**
   * Sends items, oldest first, and says what became of each, in the same order. Behind one that is not done, later items of the same lane are not
   * sent, and are answered `held`. Never throws for trouble of the receiver. A call that is stopped may have sent: the keys make that harmless.
   */
  deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]>;
  /** What `deliver` would send for these items, with secrets masked. */
  render(items: readonly OutboxItem[]): readonly RenderedDelivery[];
  close(): Promise<void>;
}
