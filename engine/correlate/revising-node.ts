import { canonicalJson, type Signal, sha256 } from '../model/index.ts';
import { BoundedMap } from './bounded-map.ts';
import { linkNode } from './link-node.ts';
import type { CorrelationNode, NodeState, NodeStats, OpenGroup, Outlet } from './node.ts';
import { compareSignals, isCopy } from './order.ts';
import type { InputPlan, NodePlan } from './plan.ts';
import { ReorderQueue } from './queue.ts';
import { RuleNumbers, SignalReader, SignalWriter } from './snapshot.ts';
import type { StateRow, StateTable } from './state-table.ts';
import { type Timer, Timers } from './timers.ts';

/** Signals of a rule that are kept to be worked on again; beyond, the oldest are settled early, and what comes later than them is counted. */
const KEPT_MAX = 100_000;

/** What has been said and may still be taken back: by the id that the signal has without its revisions. */
interface Told {
  /** As it was last said. */
  readonly signal: Signal;
  /** Of every version said. */
  readonly ids: readonly string[];
}

interface SavedReviser {
  readonly hash: string;
  readonly settled: number | null;
  readonly past: unknown;
  readonly stats: NodeStats;
}

/**
 * A rule with `late: revise`. Beside the node that is up to date stands a second one that follows `reviseMicros` behind, and the signals between the
 * two are kept. A signal that comes too late for the first but not for the second is put in its place: the second node is copied, the kept
 * signals are worked on again in order, and what comes out is compared with what was said. So all types are revised alike, and
 * what stands in the end is what would have been said had the signal come in time.
 *
 * Cost: twice the work and memory of the rule, and for all late signals between two advances once the work of what is kept (at most 100,000 signals).
 * Only the second node and what is kept are written down; the first is made of them again.
 */
export class RevisingNode implements CorrelationNode {
  readonly plan: NodePlan;
  readonly shell: NodeState;
  readonly tables: readonly StateTable[];
  private readonly outlet: Outlet;
  private live: CorrelationNode;
  private readonly past: CorrelationNode;
  private readonly pastTimers = new Timers();
  private readonly kept = new ReorderQueue('kept');
  /** Signals of correlations: at one instant they come after the others. */
  private readonly keptDerived = new ReorderQueue('kept derived');
  private readonly told: BoundedMap<Told>;
  private readonly inputs: ReadonlyMap<string, InputPlan>;
  /** Of before it nothing is revised any more. */
  private settled = Number.NEGATIVE_INFINITY;
  private generation = 0;
  /** `late`: something came or went; `restored`: the first node is to be made; `edited`: and what it now says is taken as said. */
  private pending: 'nothing' | 'late' | 'restored' | 'edited' = 'nothing';

  constructor(plan: NodePlan, outlet: Outlet) {
    this.plan = plan;
    this.outlet = outlet;
    this.inputs = new Map(plan.inputs.map((input) => [input.ruleId, input]));
    this.told = new BoundedMap<Told>('told', KEPT_MAX, {
      write: ({ signal, ids }, writer) => [writer.write(signal), ids],
      read: (saved, reader) => {
        // What `write` gave; the version of the bytes says so.
        const [number, ids] = saved as readonly [number, readonly string[]];
        return { signal: reader.read(number), ids };
      },
    });
    this.live = this.upToDate();
    this.past = linkNode(plan, {
      ...outlet,
      emit: (_, signal) => this.told.delete(signal.id),
      schedule: (timer) => this.pastTimers.add(timer),
    });
    this.tables = [...this.past.tables, this.kept, this.keptDerived, this.told];
    this.shell = {
      tables: this.past.shell.tables,
      save: (): SavedReviser => ({
        hash: plan.rule.hash,
        settled: Number.isFinite(this.settled) ? this.settled : null,
        past: this.past.shell.save(),
        stats: this.stats,
      }),
      load: (saved) => {
        // What `save` gave; the version of the bytes says so.
        const { hash, settled, past, stats } = saved as SavedReviser;
        this.settled = settled ?? Number.NEGATIVE_INFINITY;
        this.past.shell.load(past);
        Object.assign(this.live.stats, stats);
        this.pending = hash === plan.rule.hash ? 'restored' : 'edited';
      },
    };
  }

  get stats(): NodeStats {
    return this.live.stats;
  }

  accept(signal: Signal, input: InputPlan): void {
    this.keep(signal);
    this.live.accept(signal, input);
  }

  /** Takes a signal of before the frontier; false where it is too late even to revise. */
  acceptLate(signal: Signal): boolean {
    if (signal.end < this.settled) return false;
    this.keep(signal);
    if (this.pending === 'nothing') this.pending = 'late';
    return true;
  }

  /** A signal that it has worked on is taken back. */
  takeBack(id: string): void {
    if (this.keptDerived.remove(id) && this.pending === 'nothing') this.pending = 'late';
  }

  /** Works on what has come late: says what is new, revises what has changed, takes back what does not hold. */
  revise(frontier: number): void {
    const { pending } = this;
    if (pending === 'nothing') return;
    this.pending = 'nothing';
    const said = this.replay(frontier);
    if (pending === 'edited') {
      for (const key of [...this.told.keys()]) this.told.delete(key);
      for (const signal of said) this.told.set(signal.id, { signal, ids: [signal.id] });
      return;
    }
    this.compare(said);
  }

  /** Settles what nothing can change any more, now that all before the frontier is decided. */
  settle(frontier: number): void {
    // What is still to be compared with what was said must not be settled before it is.
    const until = frontier - this.plan.reviseMicros;
    for (let next = this.next(); next !== undefined; next = this.next()) {
      const full = this.kept.size + this.keptDerived.size > KEPT_MAX;
      if (next.end >= until && !full) break;
      this.settled = Math.max(this.settled, next.end >= until ? next.end + 1 : until);
      while (this.pastTimers.runNext(next, Number.POSITIVE_INFINITY));
      this.take(next);
      const input = this.inputs.get(next.rule.id);
      if (input !== undefined) this.past.accept(next, input);
      // A copy of it, delivered late, is next to it.
      for (let copy = this.next(); copy !== undefined && isCopy(copy, next); copy = this.next())
        this.take(copy);
    }
    while (this.pastTimers.runNext(this.next(), until));
    this.settled = Math.max(this.settled, until);
  }

  items(): number {
    return this.live.items() + this.past.items() + this.kept.size + this.keptDerived.size + this.told.size;
  }

  evict(): boolean {
    const [live, past] = [this.live.evict(), this.past.evict()];
    return live || past;
  }

  open(limit: number): readonly OpenGroup[] {
    return this.live.open(limit);
  }

  private keep(signal: Signal): void {
    (signal.correlation === undefined ? this.kept : this.keptDerived).push(signal);
  }

  private next(): Signal | undefined {
    const plain = this.kept.peek();
    const derived = this.keptDerived.peek();
    if (plain === undefined || derived === undefined) return plain ?? derived;
    return inOrder(plain, derived) <= 0 ? plain : derived;
  }

  private take(next: Signal): void {
    (next.correlation === undefined ? this.kept : this.keptDerived).pop();
  }

  /** A node whose signals go out, and whose timers are the lane's as long as it is the one up to date. */
  private upToDate(): CorrelationNode {
    return linkNode(this.plan, {
      ...this.outlet,
      emit: (_, signal) => {
        this.told.set(signal.id, { signal, ids: [signal.id] });
        this.outlet.emit(this, signal);
      },
      schedule: (timer) => this.scheduleLive(timer, this.generation),
    });
  }

  private scheduleLive(timer: Timer, generation: number): void {
    this.outlet.schedule({
      ...timer,
      run: () => {
        if (generation === this.generation) timer.run(timer);
      },
    });
  }

  /** Makes the node that is up to date again out of the one behind and what is kept; what it says on the way. */
  private replay(frontier: number): readonly Signal[] {
    const said: Signal[] = [];
    const timers = new Timers();
    let isUpToDate = false;
    const generation = ++this.generation;
    const node = linkNode(this.plan, {
      ...this.outlet,
      emit: (_, signal) => {
        if (!isUpToDate) {
          said.push(signal);
          return;
        }
        this.told.set(signal.id, { signal, ids: [signal.id] });
        this.outlet.emit(this, signal);
      },
      schedule: (timer) => (isUpToDate ? this.scheduleLive(timer, generation) : timers.add(timer)),
    });
    copyState(this.past, node);
    let last: Signal | undefined;
    for (const signal of [...this.kept.contents(), ...this.keptDerived.contents()].sort(inOrder)) {
      if (last !== undefined && isCopy(last, signal)) continue;
      last = signal;
      while (timers.runNext(signal, Number.POSITIVE_INFINITY));
      const input = this.inputs.get(signal.rule.id);
      if (input !== undefined) node.accept(signal, input);
    }
    while (timers.runNext(undefined, frontier));
    const { late, filtered } = this.live.stats;
    Object.assign(node.stats, { late, filtered });
    isUpToDate = true;
    for (let timer = timers.take(); timer !== undefined; timer = timers.take())
      this.scheduleLive(timer, generation);
    this.live = node;
    return said;
  }

  /** Says how what should have been said differs from what was. */
  private compare(said: readonly Signal[]): void {
    const should = new Map(said.map((signal) => [signal.id, signal] as const));
    const gone = new Map<string, Told[]>();
    for (const key of [...this.told.keys()]) {
      const told = this.told.get(key);
      if (told === undefined || key === null || should.has(key)) continue;
      this.told.delete(key);
      const group = canonicalJson(told.signal.correlation?.group ?? []);
      gone.set(group, [...(gone.get(group) ?? []), told]);
    }
    for (const list of gone.values()) list.sort((a, b) => compareSignals(a.signal, b.signal));
    for (const signal of said) {
      const same = this.told.get(signal.id);
      if (isSame(signal, same?.signal)) continue;
      // Of one group, the first that went is the first that came.
      const before = same ?? gone.get(canonicalJson(signal.correlation?.group ?? []))?.shift();
      this.say(signal, before?.ids ?? []);
    }
    for (const told of [...gone.values()].flat()) {
      for (const id of told.ids) {
        this.outlet.takeBack(this, id);
        this.outlet.emit(this, retractionOf(told, id));
      }
    }
  }

  /** Says a match, as the next version where there were others. */
  private say(signal: Signal, before: readonly string[]): void {
    const version = before.length > 0 ? revisionOf(signal, before) : this.anew(signal);
    this.told.set(signal.id, { signal: version, ids: [...before, version.id] });
    for (const id of before) this.outlet.takeBack(this, id);
    this.outlet.emit(this, version);
  }

  /** What is said once more, after it became the version of another, has an id of its own. O(what may be taken back). */
  private anew(signal: Signal): Signal {
    const used = new Set([...this.told.keys()].flatMap((key) => this.told.get(key)?.ids ?? []));
    let { id } = signal;
    for (let again = 1; used.has(id); again++)
      id = sha256(canonicalJson([signal.id, 'again', again])).slice(0, 32);
    return id === signal.id ? signal : { ...signal, id };
  }
}

/** Whether two versions of a match say the same: one may rest on the same evidence and have another figure. */
function isSame(a: Signal, b: Signal | undefined): boolean {
  return (
    b !== undefined &&
    a.end === b.end &&
    a.endNs === b.endNs &&
    a.score === b.score &&
    a.correlation?.measure === b.correlation?.measure &&
    a.correlation?.partsTotal === b.correlation?.partsTotal &&
    a.correlation?.parts.every(({ id }, i) => id === b.correlation?.parts[i]?.id) === true
  );
}

/** As a lane gives them: by time, those of correlations after the others. */
function inOrder(a: Signal, b: Signal): number {
  if (a.end !== b.end) return a.end - b.end;
  if (a.endNs !== b.endNs) return a.endNs - b.endNs;
  const after = Number(a.correlation !== undefined) - Number(b.correlation !== undefined);
  return after === 0 ? compareSignals(a, b) : after;
}

/** Puts the state of one node into another of the same plan that has none. */
function copyState(from: CorrelationNode, to: CorrelationNode): void {
  const rules = new RuleNumbers();
  const writer = new SignalWriter(rules);
  const targets = [...to.shell.tables, ...to.tables];
  const written = [...from.shell.tables, ...from.tables].map((table) =>
    [...table.keys()].flatMap((key): StateRow[] => {
      const row = table.write(key, writer);
      return row === undefined ? [] : [row];
    }),
  );
  const reader = new SignalReader(writer.finish(), rules.rules);
  to.shell.load(structuredClone(from.shell.save()));
  for (const [i, rows] of written.entries())
    for (const row of rows.sort((a, b) => a.stamp - b.stamp)) targets[i]?.load(row, reader);
}

/** The next version of what was said under the first of these ids. */
function revisionOf(signal: Signal, ids: readonly string[]): Signal {
  const { correlation } = signal;
  const [first = signal.id] = ids;
  if (correlation === undefined) return signal;
  return {
    ...signal,
    id: sha256(canonicalJson([signal.id, first, ids.length])).slice(0, 32),
    correlation: { ...correlation, revises: first, revision: ids.length },
  };
}

/** Takes one version back. */
function retractionOf({ signal, ids }: Told, id: string): Signal {
  const { correlation } = signal;
  if (correlation === undefined) return signal;
  return {
    ...signal,
    id: sha256(canonicalJson([id, 'retracted'])).slice(0, 32),
    correlation: { ...correlation, revises: id, revision: ids.length, retracted: true },
  };
}
