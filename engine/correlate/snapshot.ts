import type { Entity, EventRef, RuleRef, Scalar, Signal } from '../model/index.ts';

/** The version of the bytes; a snapshot of another version is refused. */
export const SNAPSHOT_VERSION = 1;

/** Signals as a snapshot holds them: once each, rules in a table. */
export interface SavedSignals {
  readonly rules: readonly RuleRef[];
  readonly signals: readonly SavedSignal[];
}

type SavedSignal = readonly [
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

/** Gives each signal a number, and writes each once. */
export class SignalWriter {
  private readonly numbers = new Map<Signal, number>();
  private readonly ruleNumbers = new Map<RuleRef, number>();

  write(signal: Signal): number {
    const known = this.numbers.get(signal);
    if (known !== undefined) return known;
    this.numbers.set(signal, this.numbers.size);
    if (!this.ruleNumbers.has(signal.rule)) this.ruleNumbers.set(signal.rule, this.ruleNumbers.size);
    return this.numbers.size - 1;
  }

  finish(): SavedSignals {
    return {
      rules: [...this.ruleNumbers.keys()],
      signals: [...this.numbers.keys()].map((s) => [
        s.id,
        this.ruleNumbers.get(s.rule) ?? -1,
        s.start,
        s.end,
        s.endNs,
        s.score,
        s.entities,
        s.evidence,
        [...s.values],
        s.correlation ?? null,
      ]),
    };
  }
}

/** Gives the signals of a snapshot back by number. */
export class SignalReader {
  private readonly signals: readonly Signal[];

  constructor(saved: SavedSignals) {
    this.signals = saved.signals.map((s) => {
      const [id, rule, start, end, endNs, score, entities, evidence, values, correlation] = s;
      const ref = saved.rules[rule];
      if (ref === undefined) throw new Error('snapshot names a rule it does not hold');
      return {
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
    });
  }

  read(number: number): Signal {
    const signal = this.signals[number];
    if (signal === undefined) throw new Error('snapshot names a signal it does not hold');
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
