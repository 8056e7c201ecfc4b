import {
  canonicalJson,
  type Entity,
  type EventRef,
  type RuleRef,
  type Scalar,
  type Signal,
} from '../model/index.ts';

/** The version of the bytes; a snapshot of another version is refused. */
export const SNAPSHOT_VERSION = 2;

/** A signal as a snapshot holds it: its rule by number. */
export type SavedSignal = readonly [
  id: string,
  rule: number,
  start: number,
  end: number,
  endNs: number,
  score: number,
  entities: readonly Entity[],
  evidence: readonly EventRef[],
  values: readonly (readonly [string, Scalar | readonly Scalar[]])[],
  correlation: Signal['correlation'] | null,
];

/** The rules that written signals name, by number. Only ever grows, so that a number once written stands. */
export class RuleNumbers {
  readonly rules: RuleRef[] = [];
  private readonly byRef = new Map<RuleRef, number>();
  private readonly byContent = new Map<string, number>();

  numberOf(rule: RuleRef): number {
    const known = this.byRef.get(rule);
    if (known !== undefined) return known;
    const content = canonicalJson(rule);
    let number = this.byContent.get(content);
    if (number === undefined) {
      number = this.rules.length;
      this.rules.push(rule);
      this.byContent.set(content, number);
    }
    this.byRef.set(rule, number);
    return number;
  }

  /** Puts a rule back under the number it had. */
  restore(number: number, rule: RuleRef): void {
    this.rules[number] = rule;
    this.byRef.set(rule, number);
    this.byContent.set(canonicalJson(rule), number);
  }
}

/** Gives each signal a number, and writes each once. */
export class SignalWriter {
  private readonly numbers = new Map<string, number>();
  private readonly signals: SavedSignal[] = [];
  private readonly rules: RuleNumbers;

  constructor(rules: RuleNumbers) {
    this.rules = rules;
  }

  write(signal: Signal): number {
    // One signal may be held both whole and without its values.
    const key = `${signal.id} ${signal.rule.id} ${signal.values.size}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.signals.length;
    this.numbers.set(key, number);
    this.signals.push([
      signal.id,
      this.rules.numberOf(signal.rule),
      signal.start,
      signal.end,
      signal.endNs,
      signal.score,
      signal.entities,
      signal.evidence,
      [...signal.values],
      signal.correlation ?? null,
    ]);
    return number;
  }

  finish(): readonly SavedSignal[] {
    return this.signals;
  }
}

/** Gives the signals of a snapshot back by number, the same object for the same number. */
export class SignalReader {
  private readonly signals: (Signal | undefined)[] = [];
  private readonly saved: readonly SavedSignal[];
  private readonly rules: readonly RuleRef[];

  constructor(saved: readonly SavedSignal[], rules: readonly RuleRef[]) {
    this.saved = saved;
    this.rules = rules;
  }

  read(number: number): Signal {
    const known = this.signals[number];
    if (known !== undefined) return known;
    const s = this.saved[number];
    if (s === undefined) throw new Error('snapshot names a signal it does not hold');
    const [id, rule, start, end, endNs, score, entities, evidence, values, correlation] = s;
    const ref = this.rules[rule];
    if (ref === undefined) throw new Error('snapshot names a rule it does not hold');
    const signal = {
      id,
      rule: ref,
      start: start as Signal['start'],
      end: end as Signal['end'],
      endNs,
      entities,
      score,
      evidence,
      values: new Map(values),
      ...(correlation === null || correlation === undefined ? {} : { correlation }),
    };
    this.signals[number] = signal;
    return signal;
  }
}

/** Snapshot bytes: UTF-8 JSON. `TextEncoder` is where there is no Node, too. */
export function toBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** The value of snapshot bytes, or undefined where they are not JSON. */
export function fromBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
