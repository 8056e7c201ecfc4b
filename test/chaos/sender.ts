import { Agent, request } from 'node:http';
import { pause } from '../support/daemon-process.ts';
import type { Batch } from './stream.ts';

/** What is known from outside of what was sent: the ledger beside the daemon's own. */
export interface OutsideLedger {
  /** Events whose request was answered with success. */
  acknowledged: number;
  /** Events of requests that were begun and got no answer: they may be in, or not. */
  inDoubt: number;
  /** Requests that were refused (429, 503). */
  refused: number;
}

/** Sends batches in their order, each until it is acknowledged; the next one only then. */
export class Sender {
  readonly ledger: OutsideLedger = { acknowledged: 0, inDoubt: 0, refused: 0 };
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #stopped = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves true when it is acknowledged; false where it was stopped before. */
  async send(batch: Batch): Promise<boolean> {
    while (!this.#stopped) {
      const answer = await this.#post(batch.bytes);
      if (answer === 200) {
        this.ledger.acknowledged += batch.events;
        return true;
      }
      if (answer === 'broken') this.ledger.inDoubt += batch.events;
      else if (answer !== 'refused') this.ledger.refused++;
      await pause(answer === 'refused' ? 5 : 50);
    }
    return false;
  }

  stop(): void {
    this.#stopped = true;
    this.#agent.destroy();
  }

  /** The status; `refused`: nobody listens, so nothing came in; `broken`: it ended without an answer. */
  #post(body: Buffer): Promise<number | 'refused' | 'broken'> {
    return new Promise((resolve) => {
      const sent = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#port,
          path: '/ingest',
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson', 'content-length': body.length },
        },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
          response.once('error', () => resolve('broken'));
          response.once('aborted', () => resolve('broken'));
        },
      );
      sent.once('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'broken'),
      );
      sent.end(body);
    });
  }
}
