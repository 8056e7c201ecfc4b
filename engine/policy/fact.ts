import type { Alert, EventTime, Incident } from '../model/index.ts';

/** What is decided about. */
export type PolicyCaseSubject =
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'incident'; readonly incident: Incident };

/** What a source of facts can be asked with. */
export interface FactParam {
  readonly name: string;
  readonly doc: string;
  /** The values it can have; a time span where absent. */
  readonly values?: readonly string[];
}

/** A fact as policies can name it. */
export interface FactKind {
  readonly name: string;
  readonly doc: string;
  readonly params: readonly FactParam[];
  /** Paths that its value has, joined by dots, through lists; `*` stands for any name, `**` at the end for anything below. */
  readonly fields: readonly string[];
  /** Only policies about this kind of case can ask for it. */
  readonly only?: 'alert' | 'incident';
}

/** One question to a source. */
export interface FactQuestion {
  readonly subject: PolicyCaseSubject;
  readonly params: Readonly<Record<string, unknown>>;
  /** When it is decided, in event time. */
  readonly at: EventTime;
}

/**
 * Where facts outside alerts and incidents come from: an inventory, intelligence, history. A lookup may take time and may fail; a failed
 * one withholds the decisions that asked for it. The value is plain data, undefined where nothing is known; what needs no wait is given as it is,
 * and no promise of it.
 */
export interface FactSource {
  /** Name of the fact, as in a `FactKind`. */
  readonly name: string;
  lookup(question: FactQuestion): unknown;
}
