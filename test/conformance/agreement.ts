import { Detector, planDetections } from '../../engine/detect/index.ts';
import { createSchemas, type NormalisedEvent, normalise, type Schemas } from '../../engine/ingest/index.ts';
import { compileReference, type ReferenceEvent } from '../../engine/match/index.ts';
import {
  type DetectionRule,
  type EventLogsource,
  eventTime,
  type Logsource,
} from '../../engine/model/index.ts';

/** A rule on which the compiled detector and the reference evaluator do not agree. */
import { detectHeld, recordBuffer } from '../support/held-bytes.ts';

export interface Difference {
  readonly ruleId: string;
  readonly title: string;
  /** How the event was given to the detector. */
  readonly way: 'bytes' | 'vectors' | 'record';
  /** What the reference says. */
  readonly wanted: boolean;
  readonly line: string;
}

/** What was compared. */
export interface AgreementCount {
  events: number;
  /** Pairs of rule and event that the reference evaluated; the rest is ruled out by logsource. */
  evaluated: number;
  hits: number;
}

/**
 * Binds the compiled detector to the reference evaluator: each line goes through the detector as bytes and as a parsed record, and the
 * rules that hold are compared with those that the reference finds, rule by rule.
 */
export class Agreement {
  readonly rules: readonly DetectionRule[];
  readonly count: AgreementCount = { events: 0, evaluated: 0, hits: 0 };
  readonly differences: Difference[] = [];
  readonly #schemas: Schemas;
  readonly #detector: Detector;
  readonly #references: readonly ((event: ReferenceEvent) => boolean)[];
  /** Positions in the plan of the rules that may look at events of a logsource, by its JSON. */
  readonly #applicable = new Map<string, readonly number[]>();

  constructor(rules: readonly DetectionRule[], schemas: Schemas) {
    const { plan, diagnostics } = planDetections(rules);
    const refused = diagnostics.filter((d) => d.severity === 'error');
    if (refused.length > 0) throw new Error(`${refused.length} rules do not compile: ${refused[0]?.message}`);
    this.rules = plan.rules.map(({ index }) => at(rules, index));
    this.#schemas = schemas;
    this.#detector = new Detector(plan, schemas);
    this.#references = this.rules.map(({ expression }) => compileReference(expression));
  }

  /** Compares on one line; gives the positions (in `rules`) that the reference finds. */
  check(line: Uint8Array): readonly number[] {
    const text = new TextDecoder().decode(line);
    const record: unknown = JSON.parse(text);
    const event = normalise(record, this.#schemas, { observedAt: eventTime(0) });
    const wanted = this.reference(event);
    this.count.events++;
    this.count.hits += wanted.length;
    // First where the bytes lie, then where vector programs read them.
    for (const how of ['bytes', 'vectors'] as const) {
      const status =
        how === 'bytes'
          ? this.#detector.detectBytes(recordBuffer(line), 0, line.length)
          : detectHeld(this.#detector, line);
      if (status !== 'ok')
        throw new Error(`the detector takes this for malformed (${how}): ${text.slice(0, 200)}`);
      this.#compare(how, wanted, text);
    }
    this.#detector.detectRecord(record);
    this.#compare('record', wanted, text);
    return wanted;
  }

  /** The positions that the compiled detector finds in a line, ascending; nothing is compared. */
  compiled(line: Uint8Array): readonly number[] {
    this.#detector.detectBytes(recordBuffer(line), 0, line.length);
    return [...this.#detector.hits.subarray(0, this.#detector.hitCount)];
  }

  /** The rules that the reference evaluator finds, ascending. */
  reference(event: NormalisedEvent): readonly number[] {
    const applicable = this.#applicableTo(event.logsource);
    this.count.evaluated += applicable.length;
    return applicable.filter((position) => this.#references[position]?.(event) === true);
  }

  #compare(way: Difference['way'], wanted: readonly number[], line: string): void {
    const found = this.#detector.hits.subarray(0, this.#detector.hitCount);
    if (found.length === wanted.length && wanted.every((position, i) => position === found[i])) return;
    const got = new Set(found);
    const should = new Set(wanted);
    for (const position of new Set([...got, ...should])) {
      if (got.has(position) === should.has(position)) continue;
      const { id, title } = at(this.rules, position).meta;
      this.differences.push({ ruleId: id, title, way, wanted: should.has(position), line });
    }
    if (got.size !== found.length)
      throw new Error(`a rule is among the hits twice: ${[...found].join(' ')} on ${line.slice(0, 200)}`);
  }

  #applicableTo(logsource: EventLogsource): readonly number[] {
    const key = JSON.stringify(logsource);
    let found = this.#applicable.get(key);
    if (found === undefined) {
      found = [...this.rules.keys()].filter((i) => mayLook(at(this.rules, i).logsource, logsource));
      this.#applicable.set(key, found);
    }
    return found;
  }
}

/** The law of logsources, written out once more: nothing that the rule names may contradict. */
function mayLook(rule: Logsource, event: EventLogsource): boolean {
  if (event.any === true) return true;
  const pairs = [
    [rule.product, event.products],
    [rule.category, event.categories],
    [rule.service, event.services],
  ] as const;
  return pairs.every(([asked, has]) => asked === undefined || has.includes(asked));
}

/** The same rules for events of any logsource: every rule has to look at every event. */
export function withoutLogsource(rules: readonly DetectionRule[]): DetectionRule[] {
  return rules.map((rule) => ({ ...rule, logsource: {} }));
}

/** The built-in mappings, linked. */
export function builtInSchemas(): Schemas {
  const { value } = createSchemas();
  if (value === undefined) throw new Error('the built-in mappings do not link');
  return value;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}
