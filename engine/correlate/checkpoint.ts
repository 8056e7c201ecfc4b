import type { RuleRef } from '../model/index.ts';
import {
  fromBytes,
  RuleNumbers,
  type SavedSignal,
  SignalReader,
  SignalWriter,
  SNAPSHOT_VERSION,
  toBytes,
} from './snapshot.ts';
import type { StateRow, StateTable } from './state-table.ts';

/**
 * One row of state for a store that writes one transaction a batch: what stands under the key now, or that nothing does. Keys are
 * injective texts; bytes are versioned by the row of the head.
 */
export interface CheckpointRow {
  readonly key: string;
  /** Undefined: the row is gone. */
  readonly bytes: Uint8Array | undefined;
}

/** What is one for the whole correlator. */
export interface SavedHead {
  readonly version: number;
  readonly watermark: number | null;
  readonly accepted: number;
  readonly duplicates: number;
  readonly lanes: readonly {
    readonly latenessMicros: number;
    readonly frontier: number | null;
    readonly last: number | null;
  }[];
}

/** What is one for a rule. */
export interface SavedNode {
  readonly id: string;
  readonly hash: string;
  readonly shape: string;
  readonly head: unknown;
}

/** An entry of some table, with the reader its signals come from. */
export interface ReadRow {
  readonly row: StateRow;
  readonly reader: SignalReader;
  /** The key it stands under in a store. */
  readonly storeKey: string;
}

/** State read back, before it is given to nodes: by owner (a rule's id, or `queues`) and table. */
export interface Checkpoint {
  readonly head: SavedHead;
  readonly headReader: SignalReader;
  readonly nodes: ReadonlyMap<string, SavedNode>;
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, readonly ReadRow[]>>;
  readonly rules: readonly RuleRef[];
}

/** What is written down: heads, and tables by their owner. */
export interface Statement {
  readonly head: (writer: SignalWriter) => SavedHead;
  readonly nodes: readonly SavedNode[];
  readonly tables: readonly { readonly owner: string; readonly table: StateTable }[];
}

/** Owner of the tables of waiting signals; no rule has it, for ids are not empty. */
export const QUEUES = '';

interface SavedWhole {
  readonly version: number;
  readonly head: SavedHead;
  readonly nodes: readonly SavedNode[];
  readonly tables: readonly (readonly [
    owner: string,
    name: string,
    rows: readonly (readonly [string | null, number, unknown])[],
  ])[];
  readonly signals: readonly SavedSignal[];
  readonly rules: readonly RuleRef[];
}

/** Everything as one piece of bytes; the same bytes for the same state. */
export function encodeWhole({ head, nodes, tables }: Statement): Uint8Array {
  const rules = new RuleNumbers();
  const writer = new SignalWriter(rules);
  const saved = tables.map(({ owner, table }) => {
    const rows: [string | null, number, unknown][] = [];
    for (const key of table.keys()) {
      const row = table.write(key, writer);
      if (row !== undefined) rows.push([row.key, row.stamp, row.state]);
    }
    return [owner, table.name, rows] as const;
  });
  const whole: SavedWhole = {
    version: SNAPSHOT_VERSION,
    head: head(writer),
    nodes,
    tables: saved,
    signals: writer.finish(),
    rules: rules.rules,
  };
  return toBytes(whole);
}

/** State from the bytes that `encodeWhole` gave; undefined where they are others. */
export function decodeWhole(bytes: Uint8Array): Checkpoint | undefined {
  // The boundary casts: the version says that the bytes were written by this code.
  const saved = fromBytes(bytes) as SavedWhole | undefined;
  if (saved === undefined || saved === null || saved.version !== SNAPSHOT_VERSION) return undefined;
  const reader = new SignalReader(saved.signals, saved.rules);
  const tables = new Map<string, Map<string, ReadRow[]>>();
  for (const [owner, name, rows] of saved.tables) {
    const list = rows.map(([key, stamp, state]) => ({ row: { key, stamp, state }, reader, storeKey: '' }));
    listsOf(tables, owner).set(name, list);
  }
  return {
    head: saved.head,
    headReader: reader,
    nodes: new Map(saved.nodes.map((node) => [node.id, node])),
    tables,
    rules: saved.rules,
  };
}

/** State from rows, in any order; undefined where there is no head among them, or one of another version. */
export function decodeRows(rows: Iterable<CheckpointRow>): Checkpoint | undefined {
  let head: { readonly head: SavedHead; readonly signals: readonly SavedSignal[] } | undefined;
  const nodes = new Map<string, SavedNode>();
  const rules: RuleRef[] = [];
  const tables = new Map<string, Map<string, ReadRow[]>>();
  for (const { key, bytes } of rows) {
    if (bytes === undefined) continue;
    const [kind = '', owner = '', name = '', entry = null] = JSON.parse(key) as [
      string,
      string,
      string,
      string | null,
    ];
    const value = fromBytes(bytes);
    if (kind === 'head') head = value as NonNullable<typeof head>;
    else if (kind === 'node') nodes.set(owner, value as SavedNode);
    else if (kind === 'rule') rules[Number(owner)] = value as RuleRef;
    else {
      const [stamp, state, signals] = value as [number, unknown, readonly SavedSignal[]];
      const lists = listsOf(tables, owner);
      const list = lists.get(name) ?? [];
      lists.set(name, list);
      // `rules` is complete only when all rows are read; the reader resolves on its first use.
      list.push({
        row: { key: entry, stamp, state },
        reader: new SignalReader(signals, rules),
        storeKey: key,
      });
    }
  }
  if (head === undefined || head.head.version !== SNAPSHOT_VERSION) return undefined;
  for (const lists of tables.values())
    for (const list of lists.values()) list.sort((a, b) => a.row.stamp - b.row.stamp);
  return { head: head.head, headReader: new SignalReader(head.signals, rules), nodes, tables, rules };
}

function listsOf(tables: Map<string, Map<string, ReadRow[]>>, owner: string): Map<string, ReadRow[]> {
  const known = tables.get(owner);
  if (known !== undefined) return known;
  const fresh = new Map<string, ReadRow[]>();
  tables.set(owner, fresh);
  return fresh;
}

/**
 * Tells a store what has changed. It remembers what it has told: rules and rule heads are told again only where they differ. Cost:
 * O(what changed).
 */
export class RowWriter {
  private readonly rules = new RuleNumbers();
  private rulesTold = 0;
  private readonly nodesTold = new Map<string, string>();
  private readonly watched = new Set<StateTable>();
  private orphans: string[] = [];

  /** Takes what the store holds for granted: `orphans` are keys whose owner is no more, and go with the next changes. */
  adopt(from: {
    readonly rules: readonly RuleRef[];
    readonly nodes: readonly SavedNode[];
    readonly tables: readonly StateTable[];
    readonly orphans: readonly string[];
  }): void {
    for (const [number, rule] of from.rules.entries()) this.rules.restore(number, rule);
    this.rulesTold = this.rules.rules.length;
    for (const node of from.nodes) this.nodesTold.set(node.id, JSON.stringify(node));
    for (const table of from.tables) {
      table.log.start();
      this.watched.add(table);
    }
    this.orphans.push(...from.orphans);
  }

  /** What is to be written, all in one transaction. */
  changes({ head, nodes, tables }: Statement): readonly CheckpointRow[] {
    const rows: CheckpointRow[] = this.orphans.map((key) => ({ key, bytes: undefined }));
    this.orphans = [];
    for (const { owner, table } of tables) {
      const first = !this.watched.has(table);
      if (first) {
        this.watched.add(table);
        table.log.start();
      }
      const { changed, removed } = table.log.take();
      for (const key of removed) rows.push({ key: storeKey(owner, table, key), bytes: undefined });
      for (const key of first ? table.keys() : changed) {
        const writer = new SignalWriter(this.rules);
        const row = table.write(key, writer);
        if (row === undefined) continue;
        rows.push({
          key: storeKey(owner, table, key),
          bytes: toBytes([row.stamp, row.state, writer.finish()]),
        });
      }
    }
    const ids = new Set(nodes.map((node) => node.id));
    for (const id of [...this.nodesTold.keys()]) {
      if (ids.has(id)) continue;
      this.nodesTold.delete(id);
      rows.push({ key: JSON.stringify(['node', id]), bytes: undefined });
    }
    for (const node of nodes) {
      const text = JSON.stringify(node);
      if (this.nodesTold.get(node.id) === text) continue;
      this.nodesTold.set(node.id, text);
      rows.push({ key: JSON.stringify(['node', node.id]), bytes: toBytes(node) });
    }
    const writer = new SignalWriter(this.rules);
    const saved = head(writer);
    rows.push({ key: JSON.stringify(['head']), bytes: toBytes({ head: saved, signals: writer.finish() }) });
    for (; this.rulesTold < this.rules.rules.length; this.rulesTold++) {
      const rule = this.rules.rules[this.rulesTold];
      rows.push({ key: JSON.stringify(['rule', this.rulesTold]), bytes: toBytes(rule) });
    }
    return rows;
  }
}

function storeKey(owner: string, table: StateTable, key: string | null): string {
  return JSON.stringify(['state', owner, table.name, key]);
}
