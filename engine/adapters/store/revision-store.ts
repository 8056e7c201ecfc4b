import type {
  AuditEvent,
  EntityCount,
  Page,
  RevisionQuery,
  StoredChange,
  StoredRevision,
  StorePort,
} from '../../runtime/index.ts';
import { number, text, texts } from './cells.ts';
import { checksum, verify } from './checksum.ts';
import { type Cell, DatabaseTrouble, type EmbeddedDatabase, type Row } from './database.ts';

const REVISION_COLUMNS = `${texts('r.kind', 'r.id')}, r.revision, ${texts('r.state', 'r.severity', 'r.rule')}, r.first_seen, r.last_seen,
  ${texts('r.body')}, r.stored_at, r.crc`;
const REVISION_NUMBER = /^\{(?:"kind":"[a-z]+",)?"id":"[^"]*","revision":(\d+)/;
/** More entities of one thing than this are not listed by value. */
const SUBJECTS_MAX = 256;

/** Alerts and incidents by revision, and the audit log. */
export class RevisionStore {
  readonly #database: EmbeddedDatabase;
  readonly #put;
  readonly #putLatest;
  readonly #putSubject;
  readonly #subjects;
  readonly #history;
  readonly #latest;
  readonly #changes;
  readonly #lastChange;
  readonly #append;
  readonly #stale;
  readonly #drops;
  readonly #dropAudit;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
    this.#put = database.command('INSERT OR IGNORE INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#putLatest = database.command(
      `INSERT INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision,
       state = excluded.state, severity = excluded.severity, rule = excluded.rule, last_seen = excluded.last_seen,
       stored_at = excluded.stored_at WHERE excluded.revision > latest.revision`,
    );
    this.#putSubject = database.command('INSERT OR IGNORE INTO subjects VALUES (?, ?, ?)');
    this.#subjects = database.query(
      `SELECT ${texts('value')} FROM subjects WHERE kind = ? AND id = ? ORDER BY value`,
    );
    this.#history = database.query(
      `SELECT ${REVISION_COLUMNS} FROM revisions r WHERE r.kind = ? AND r.id = ? ORDER BY r.revision`,
    );
    this.#latest = database.query(
      `SELECT ${REVISION_COLUMNS} FROM latest l JOIN revisions r USING (kind, id, revision) WHERE l.kind = ? AND l.id = ?`,
    );
    // The row's number grows with every revision that is put; only old rows are ever deleted.
    this.#changes = database.query(
      `SELECT ${REVISION_COLUMNS}, r.rowid FROM revisions r WHERE r.rowid > ? ORDER BY r.rowid LIMIT ?`,
    );
    this.#lastChange = database.query('SELECT coalesce(max(rowid), 0) FROM revisions');
    this.#append = database.command(
      'INSERT INTO audit (at, by, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
    );
    this.#stale = database.query(
      `SELECT ${texts('kind', 'id')} FROM latest l WHERE stored_at < ?
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = l.id AND o.kind = l.kind) ORDER BY stored_at LIMIT ?`,
    );
    this.#drops = ['revisions', 'latest', 'subjects'].map((table) =>
      database.command(`DELETE FROM ${table} WHERE kind = ? AND id = ?`),
    );
    this.#dropAudit = database.command(
      'DELETE FROM audit WHERE sequence IN (SELECT sequence FROM audit WHERE at < ? ORDER BY at LIMIT ?)',
    );
  }

  /** Inside a transaction. A revision that is there already stays as it is. */
  put(revisions: readonly StoredRevision[]): void {
    for (const one of revisions) {
      const { kind, id, revision, state, severity, ruleId, body, firstSeen, lastSeen, storedAt } = one;
      const crc = checksum(kind, id, body);
      this.#put.run(kind, id, revision, body, crc, state, severity, ruleId, firstSeen, lastSeen, storedAt);
      this.#putLatest.run(kind, id, revision, state, severity, ruleId, lastSeen, storedAt);
      for (const value of one.entities.slice(0, SUBJECTS_MAX)) this.#putSubject.run(kind, id, value);
    }
  }

  append(events: readonly AuditEvent[]): void {
    for (const { at, by, action, subject, detail } of events) {
      this.#append.run(at, by, action, subject, JSON.stringify(detail));
    }
  }

  latest(kind: 'alert' | 'incident', id: string): StoredRevision | undefined {
    const row = this.#latest.first(kind, id);
    return row === undefined ? undefined : this.#revision(row);
  }

  history(kind: 'alert' | 'incident', id: string): readonly StoredRevision[] {
    return this.#history.all(kind, id).map((row) => this.#revision(row));
  }

  list(query: RevisionQuery): Page<StoredRevision> {
    const conditions = ['l.kind = ?'];
    const cells: Cell[] = [query.kind];
    const restrict = (condition: string, ...values: readonly Cell[]): void => {
      conditions.push(condition);
      cells.push(...values);
    };
    const among = (column: string, values: readonly string[]): void =>
      restrict(`l.${column} IN (${values.map(() => '?').join(', ')})`, ...values);
    if (query.states !== undefined) among('state', query.states);
    if (query.severities !== undefined) among('severity', query.severities);
    if (query.ruleId !== undefined) restrict('l.rule = ?', query.ruleId);
    if (query.since !== undefined) restrict('l.last_seen >= ?', query.since);
    if (query.until !== undefined) restrict('l.last_seen < ?', query.until);
    if (query.entity !== undefined) {
      restrict(
        'EXISTS (SELECT 1 FROM subjects s WHERE s.value = ? AND s.kind = l.kind AND s.id = l.id)',
        query.entity,
      );
    }
    const after = query.after === undefined ? undefined : cursorOf(query.after);
    if (after !== undefined) {
      restrict(
        '(l.last_seen < ? OR (l.last_seen = ? AND l.id > ?))',
        after.lastSeen,
        after.lastSeen,
        after.id,
      );
    }
    const rows = this.#database
      .query(
        `SELECT ${REVISION_COLUMNS} FROM latest l JOIN revisions r USING (kind, id, revision)
         WHERE ${conditions.join(' AND ')} ORDER BY l.last_seen DESC, l.id LIMIT ?`,
      )
      .all(...cells, query.limit + 1);
    const items = rows.slice(0, query.limit).map((row) => this.#revision(row));
    const last = items.at(-1);
    return rows.length > query.limit && last !== undefined
      ? { items, next: `${last.lastSeen}.${last.id}` }
      : { items };
  }

  changes(after: number, limit: number): readonly StoredChange[] {
    return this.#changes
      .all(after, limit)
      .map((row) => ({ sequence: number(row, 11), revision: this.#revision(row) }));
  }

  lastChange(): number {
    const row = this.#lastChange.first();
    return row === undefined ? 0 : number(row, 0);
  }

  entities(query: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit: number;
  }): Page<EntityCount> {
    const { prefix = '', after, limit } = query;
    const rows = this.#database
      .query(
        `SELECT ${texts('value')}, sum(kind = 'alert'), sum(kind = 'incident') FROM subjects
         WHERE value >= ? AND value < ? AND value > ? GROUP BY value ORDER BY value LIMIT ?`,
      )
      .all(prefix, `${prefix}\u{10ffff}`, after ?? '', limit + 1);
    const items = rows.slice(0, limit).map((row) => ({
      value: text(row, 0),
      alerts: number(row, 1),
      incidents: number(row, 2),
    }));
    const last = items.at(-1);
    return rows.length > limit && last !== undefined ? { items, next: last.value } : { items };
  }

  audit(query: Parameters<StorePort['audit']>[0]): Page<AuditEvent> {
    const { subject, since = 0, limit } = query;
    const about = subject === undefined ? '' : 'subject = ? AND ';
    const rows = this.#database
      .query(
        `SELECT sequence, at, ${texts('by', 'action', 'subject', 'detail')} FROM audit WHERE ${about}sequence > ? AND at >= ? ORDER BY sequence LIMIT ?`,
      )
      .all(...(subject === undefined ? [] : [subject]), Number(query.after ?? 0) || 0, since, limit + 1);
    const items = rows.slice(0, query.limit).map(auditOf);
    const last = rows[query.limit - 1];
    return rows.length > query.limit && last !== undefined
      ? { items, next: String(number(last, 0)) }
      : { items };
  }

  purge(before: number, limit: number): { readonly revisions: number; readonly audit: number } {
    const stale = this.#stale.all(before, limit);
    for (const row of stale) for (const drop of this.#drops) drop.run(text(row, 0), text(row, 1));
    return { revisions: stale.length, audit: this.#dropAudit.run(before, limit) };
  }

  #revision(row: Row): StoredRevision {
    const kind = text(row, 0) === 'alert' ? 'alert' : 'incident';
    const [id, body] = [text(row, 1), text(row, 8)];
    verify(row[10], `${kind} ${id}`, kind, id, body);
    // The number stands in the body, too, which is under the checksum.
    const said = REVISION_NUMBER.exec(body)?.[1];
    if (said !== undefined && Number(said) !== row[2])
      throw new DatabaseTrouble('corrupt', {
        cause: new Error(`${kind} ${id} is filed under another revision than it has`),
      });
    return {
      kind,
      id,
      revision: number(row, 2),
      state: text(row, 3),
      severity: text(row, 4),
      ruleId: text(row, 5),
      entities: this.#subjects.all(kind, id).map((subject) => text(subject, 0)),
      firstSeen: number(row, 6),
      lastSeen: number(row, 7),
      body,
      storedAt: number(row, 9),
    };
  }
}

function cursorOf(cursor: string): { readonly lastSeen: number; readonly id: string } | undefined {
  const dot = cursor.indexOf('.');
  const lastSeen = Number(cursor.slice(0, dot));
  return dot > 0 && Number.isSafeInteger(lastSeen) ? { lastSeen, id: cursor.slice(dot + 1) } : undefined;
}

function auditOf(row: Row): AuditEvent {
  const detail: unknown = JSON.parse(text(row, 5));
  return {
    at: number(row, 1),
    by: text(row, 2),
    action: text(row, 3),
    subject: text(row, 4),
    detail: typeof detail === 'object' && detail !== null ? { ...detail } : {},
  };
}
