import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, systemClock } from '../../engine/adapters/index.ts';
import type { Ledger } from '../../engine/runtime/index.ts';
import type { OutsideLedger } from './sender.ts';

/** What a daemon left behind. */
export interface Outcome {
  /** By `<kind>:<id>:<revision>`: the body. What the engine says about itself is left out: that depends on what happened to it. */
  readonly revisions: ReadonlyMap<string, string>;
  /** What was written to the output, in order, repeats left out. */
  readonly written: readonly string[];
  readonly repeats: number;
  readonly ledger: Ledger;
  readonly waiting: number;
  readonly setAside: string | undefined;
}

/** Reads the folder of a daemon that has ended. */
export function outcomeOf(folder: string): Outcome {
  const { store, setAside } = openStore(join(folder, 'state', 'telltale.db'), systemClock);
  const revisions = new Map<string, string>();
  for (let after = 0; ; ) {
    const changes = store.changes(after, 1000);
    for (const { sequence, revision } of changes) {
      after = sequence;
      const { kind, id, body } = revision;
      if (!isOfEngine(body)) revisions.set(`${kind}:${id}:${revision.revision}`, placeless(body));
    }
    if (changes.length < 1000) break;
  }
  let ledger: Ledger = { received: 0, matched: 0, unmatched: 0, rejected: 0, dropped: 0 };
  for (const one of store.checkpoint().ledger.values())
    ledger = {
      received: ledger.received + one.received,
      matched: ledger.matched + one.matched,
      unmatched: ledger.unmatched + one.unmatched,
      rejected: ledger.rejected + one.rejected,
      dropped: ledger.dropped + one.dropped,
    };
  const waiting = store.queues().reduce((sum, queue) => sum + queue.waiting, 0);
  store.close();
  const lines = writtenLines(folder).filter((line) => !isOfEngine(line));
  const written = [...new Set(lines)];
  return { revisions, written, repeats: lines.length - written.length, ledger, waiting, setAside };
}

/** The lines of the file output, the rotated files first. */
function writtenLines(folder: string): string[] {
  const rotated = readdirSync(folder)
    .filter((name) => /^out\.ndjson\.\d+$/.test(name))
    .sort((a, b) => Number(b.slice(11)) - Number(a.slice(11)));
  return [...rotated, 'out.ndjson']
    .map((name) => join(folder, name))
    .filter(existsSync)
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map(placeless);
}

/** Without the places of events: what a sender sent twice, because it got no answer, stands in other lines from there on. */
function placeless(body: string): string {
  return body.replace(/"line":\d+,/g, '');
}

/** Alerts about the engine itself, and incidents of them. */
function isOfEngine(body: string): boolean {
  return body.includes('"telltale: ');
}

/** What differs from an uninterrupted run over the same input, in words; empty where nothing does. */
export function differences(expected: Outcome, found: Outcome, outside: OutsideLedger): readonly string[] {
  const wrong: string[] = [];
  const some = (what: string, list: readonly string[]): void => {
    if (list.length > 0) wrong.push(`${list.length} ${what}, the first: ${list[0]}`);
  };
  const last = { expected: lastOf(expected.revisions.keys()), found: lastOf(found.revisions.keys()) };
  some(
    'alerts or incidents are lost',
    [...last.expected.keys()].filter((thing) => !last.found.has(thing)),
  );
  some(
    'alerts or incidents are there that should not be',
    [...last.found.keys()].filter((thing) => !last.expected.has(thing)),
  );
  some(
    'alerts or incidents stand at another revision',
    [...last.expected].flatMap(([thing, revision]) => {
      const other = last.found.get(thing);
      return other === undefined || other === revision ? [] : [`${thing}: ${other}, not ${revision}`];
    }),
  );
  // Of what changes more than once within a transaction only the last revision is told: which ones those are depends on when it was killed.
  some(
    'revisions say something else',
    [...expected.revisions].flatMap(([key, body]) => {
      const other = found.revisions.get(key);
      return other === undefined || other === body ? [] : [`${key}: ${firstDifference(body, other)}`];
    }),
  );
  const written = new Set(found.written);
  const stored = new Set(found.revisions.values());
  some(
    'revisions did not reach the output',
    [...stored].filter((line) => !written.has(line)),
  );
  some(
    'lines reached the output that are no revision',
    found.written.filter((line) => !stored.has(line)),
  );
  const order = orderOf(found.written);
  if (order !== undefined) wrong.push(order);
  if (found.waiting > 0) wrong.push(`${found.waiting} items still wait for the output`);
  if (found.setAside !== undefined) wrong.push(`the database was set aside as ${found.setAside}`);
  wrong.push(...ledgerFaults(found.ledger, outside));
  return wrong;
}

/** What is wrong with an account, seen from outside: nothing acknowledged may be missing, nothing may be in it that was never sent. */
export function ledgerFaults(ledger: Ledger, outside: OutsideLedger): readonly string[] {
  const { received, matched, unmatched, rejected, dropped } = ledger;
  const { acknowledged, inDoubt } = outside;
  const wrong: string[] = [];
  if (received !== matched + unmatched + rejected + dropped)
    wrong.push(`the account is open: ${received} ≠ ${matched} + ${unmatched} + ${rejected} + ${dropped}`);
  if (received < acknowledged)
    wrong.push(`${acknowledged - received} acknowledged events are not in the account`);
  if (received > acknowledged + inDoubt)
    wrong.push(`the account has ${received - acknowledged - inDoubt} events that nobody sent`);
  return wrong;
}

/** By `<kind>:<id>`: the last revision. */
function lastOf(keys: Iterable<string>): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const key of keys) {
    const [kind, id, revision] = key.split(':');
    const thing = `${kind}:${id}`;
    last.set(thing, Math.max(last.get(thing) ?? 0, Number(revision)));
  }
  return last;
}

function firstDifference(expected: string, found: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === found[at]) at++;
  return `…${found.slice(Math.max(0, at - 60), at + 60)}… instead of …${expected.slice(Math.max(0, at - 60), at + 60)}…`;
}

/** The first thing whose revisions were written out of order. */
function orderOf(lines: readonly string[]): string | undefined {
  const last = new Map<string, number>();
  for (const line of lines) {
    const { kind, id, revision } = JSON.parse(line) as { kind: string; id: string; revision: number };
    const before = last.get(`${kind}:${id}`) ?? 0;
    if (revision <= before) return `${kind} ${id}: revision ${revision} came behind ${before}`;
    last.set(`${kind}:${id}`, revision);
  }
  return undefined;
}
