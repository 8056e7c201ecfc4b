import type {
  DeadLetter,
  OutboxEntry,
  OutboxItem,
  Page,
  QueueStatus,
  StorePort,
} from '../../runtime/index.ts';
import { number, text, texts } from './cells.ts';
import { checksum, verify } from './checksum.ts';
import type { EmbeddedDatabase, Row } from './database.ts';

const ITEM_COLUMNS = `sequence, ${texts('kind', 'id')}, revision, ${texts('key', 'lane', 'body')}, attempts`;

/** What waits for outputs, and what they would not take. */
export class OutboxStore {
  readonly #put;
  readonly #due;
  readonly #done;
  readonly #retry;
  readonly #bury;
  readonly #queues;
  readonly #dead;
  readonly #deadOf;
  readonly #revive;
  readonly #reviveAll;
  readonly #forget;
  readonly #forgetAll;
  readonly #dropDead;

  constructor(database: EmbeddedDatabase) {
    this.#put = database.command(
      'INSERT OR IGNORE INTO outbox (output, key, kind, id, revision, lane, body, crc, put_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    // An item whose lane has an earlier one that is not due yet waits behind it.
    this.#due = database.query(
      `SELECT ${ITEM_COLUMNS}, crc FROM outbox o WHERE output = ? AND due_at <= ? AND NOT EXISTS
       (SELECT 1 FROM outbox e WHERE e.output = o.output AND e.lane = o.lane AND e.sequence < o.sequence AND e.due_at > ?)
       ORDER BY sequence LIMIT ?`,
    );
    this.#done = database.command('DELETE FROM outbox WHERE output = ? AND sequence = ?');
    this.#retry = database.command(
      'UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE output = ? AND sequence = ?',
    );
    this.#bury = database.command(
      `INSERT OR REPLACE INTO dead SELECT sequence, output, key, kind, id, revision, lane, body, attempts + 1, ?, ?
       FROM outbox WHERE output = ? AND sequence = ?`,
    );
    this.#queues = database.query(
      `SELECT ${texts('output')}, SUM(waiting), MIN(oldest), SUM(buried) FROM (
         SELECT output, COUNT(*) AS waiting, MIN(put_at) AS oldest, 0 AS buried FROM outbox GROUP BY output
         UNION ALL SELECT output, 0, NULL, COUNT(*) FROM dead GROUP BY output
       ) GROUP BY output ORDER BY output`,
    );
    this.#dead = database.query(
      `SELECT ${ITEM_COLUMNS}, ${texts('output', 'reason')}, failed_at FROM dead WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    );
    this.#deadOf = database.query(
      `SELECT ${ITEM_COLUMNS}, ${texts('output', 'reason')}, failed_at FROM dead WHERE sequence > ? AND output = ? ORDER BY sequence LIMIT ?`,
    );
    // The old sequence stays free of reuse (AUTOINCREMENT), so a letter goes back to its old place in its lane.
    const revive = `INSERT OR IGNORE INTO outbox (sequence, output, key, kind, id, revision, lane, body, crc, put_at)
      SELECT sequence, output, key, kind, id, revision, lane, body, 0, failed_at FROM dead WHERE output = ?`;
    this.#revive = database.command(`${revive} AND sequence = ?`);
    this.#reviveAll = database.command(revive);
    this.#forget = database.command('DELETE FROM dead WHERE output = ? AND sequence = ?');
    this.#forgetAll = database.command('DELETE FROM dead WHERE output = ?');
    this.#dropDead = database.command(
      'DELETE FROM dead WHERE sequence IN (SELECT sequence FROM dead WHERE failed_at < ? ORDER BY sequence LIMIT ?)',
    );
  }

  /** Inside a transaction. */
  put(entries: readonly OutboxEntry[], putAt: number): void {
    for (const { output, key, kind, id, revision, lane, body } of entries) {
      this.#put.run(output, key, kind, id, revision, lane, body, checksum(key, body), putAt);
    }
  }

  due(
    output: string,
    { nowMicros, limit }: { readonly nowMicros: number; readonly limit: number },
  ): readonly OutboxItem[] {
    return this.#due.all(output, nowMicros, nowMicros, limit).map((row) => {
      const item = itemOf(row);
      // A letter that came back from the dead has no checksum of its own.
      if (row[8] !== 0) verify(row[8], `what waits for ${output}`, item.key, item.body);
      return item;
    });
  }

  /** Inside a transaction. */
  settle(output: string, results: Parameters<StorePort['settle']>[1], nowMicros: number): void {
    for (const { sequence, outcome, retryAt, reason } of results) {
      if (outcome === 'retry') this.#retry.run(retryAt ?? nowMicros, output, sequence);
      else {
        if (outcome === 'dead') this.#bury.run(reason ?? '', nowMicros, output, sequence);
        this.#done.run(output, sequence);
      }
    }
  }

  queues(): readonly QueueStatus[] {
    return this.#queues.all().map((row) => ({
      output: text(row, 0),
      waiting: number(row, 1),
      ...(typeof row[2] === 'number' ? { oldestAt: row[2] } : {}),
      dead: number(row, 3),
    }));
  }

  dead(
    output: string | undefined,
    page: { readonly after?: string; readonly limit: number },
  ): Page<DeadLetter> {
    const after = Number(page.after ?? 0) || 0;
    const rows =
      output === undefined
        ? this.#dead.all(after, page.limit + 1)
        : this.#deadOf.all(after, output, page.limit + 1);
    const items = rows.slice(0, page.limit).map((row) => ({
      ...itemOf(row),
      output: text(row, 8),
      reason: text(row, 9),
      failedAt: number(row, 10),
    }));
    const last = items.at(-1);
    return rows.length > page.limit && last !== undefined
      ? { items, next: String(last.sequence) }
      : { items };
  }

  /** Inside a transaction. */
  replay(output: string, sequences: readonly number[] | 'all'): number {
    if (sequences === 'all') {
      const count = this.#reviveAll.run(output);
      this.#forgetAll.run(output);
      return count;
    }
    let count = 0;
    for (const sequence of sequences) {
      count += this.#revive.run(output, sequence);
      this.#forget.run(output, sequence);
    }
    return count;
  }

  purge(before: number, limit: number): number {
    return this.#dropDead.run(before, limit);
  }
}

function itemOf(row: Row): OutboxItem {
  const kind = text(row, 1);
  if (kind !== 'alert' && kind !== 'incident' && kind !== 'heartbeat')
    throw new Error(`the outbox holds a ${kind}`);
  return {
    sequence: number(row, 0),
    kind,
    id: text(row, 2),
    revision: number(row, 3),
    key: text(row, 4),
    lane: text(row, 5),
    body: text(row, 6),
    attempts: number(row, 7),
  };
}
