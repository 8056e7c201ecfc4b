import type { Signal } from '../model/index.ts';
import { BoundedMap } from './bounded-map.ts';
import { type GroupKey, groupKeys } from './key.ts';
import { type NodeShell, SIGNAL_VALUE } from './node.ts';
import { eventOf, instantOf } from './order.ts';
import type { InputPlan, NodePlan } from './plan.ts';
import { TiedRuns } from './sequence-ties.ts';

/** A signal of the instant in one of its groups. */
export interface Member {
  readonly signal: Signal;
  readonly input: InputPlan;
  readonly group: GroupKey;
}

/** What the signals of an instant are worked on with. */
export interface InstantHost {
  readonly shell: NodeShell;
  /** By step as written: its stage, where it must happen. */
  readonly stageOfStep: readonly (number | undefined)[];
  /** Works on the signals of one group, in order. */
  readonly accept: (members: readonly Member[], tied: TiedRuns) => void;
}

/** Under `ties: allow`: the signals of the present instant, which are worked on together when it is over. Empty between two advances. */
export class PresentInstant {
  readonly table: BoundedMap<Signal>;
  private readonly plan: NodePlan;
  private readonly host: InstantHost;
  private readonly inputs: ReadonlyMap<string, InputPlan>;

  constructor(plan: NodePlan, host: InstantHost) {
    this.plan = plan;
    this.host = host;
    this.inputs = new Map(plan.inputs.map((input) => [input.ruleId, input]));
    this.table = new BoundedMap<Signal>('present', Number.POSITIVE_INFINITY, {
      write: SIGNAL_VALUE.write,
      read: (saved, reader) => {
        const signal = SIGNAL_VALUE.read(saved, reader);
        this.schedule(signal);
        return signal;
      },
    });
  }

  /** Takes a signal of the present instant; they come in order. */
  note(signal: Signal): void {
    if (this.table.size === 0) this.schedule(signal);
    this.table.set(`${signal.rule.id} ${signal.id}`, signal);
  }

  private schedule(signal: Signal): void {
    this.host.shell.schedule({
      time: signal.end,
      // After every signal of the instant, before any of the next.
      ns: signal.endNs + 0.5,
      rank: this.plan.rank,
      key: '',
      run: () => this.accept(),
    });
  }

  private accept(): void {
    const byGroup = new Map<string | null, Member[]>();
    for (const key of [...this.table.keys()]) {
      const signal = this.table.get(key);
      this.table.delete(key);
      const input = signal === undefined ? undefined : this.inputs.get(signal.rule.id);
      if (signal === undefined || input === undefined) continue;
      for (const group of groupKeys(signal, input.groupFields, this.plan)) {
        const members = byGroup.get(group.key) ?? [];
        members.push({ signal, input, group });
        byGroup.set(group.key, members);
      }
    }
    for (const members of byGroup.values()) {
      const [first] = members;
      if (first === undefined) continue;
      const tied = new TiedRuns(instantOf(first.signal), this.lastUses(members));
      this.host.accept(members, tied);
      if (tied.lost > 0) this.host.shell.lose(first.signal.end);
    }
  }

  /** The last stage each event could serve, where one event must not serve two. */
  private lastUses(members: readonly Member[]): ReadonlyMap<string, number> {
    const uses = new Map<string, number>();
    if (this.plan.sameEvent === 'allow') return uses;
    for (const { signal, input } of members) {
      const event = eventOf(signal);
      for (const step of input.roles)
        uses.set(event, Math.max(uses.get(event) ?? -1, this.host.stageOfStep[step] ?? -1));
    }
    return uses;
  }
}
