// Long because it is one straight reading: every key of a correlation once, in the order of the schema.
import { type Checked, type Diagnostic, hasErrors, nearest } from '../../diagnostic/index.ts';
import {
  type Bound,
  CORRELATION_TYPES,
  type CorrelationBody,
  type CorrelationRule,
  type CorrelationType,
  type CounterEvidence,
  type Duration,
  duration,
  type MeasureType,
  type Presence,
  parseDuration,
  type RuleReference,
  type SequenceStep,
  type StepField,
  type StepJoin,
  type StepTest,
} from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import { diagnosticAt, type Finding, type KeyPath } from '../finding.ts';
import type { OtherDocument } from '../rules.ts';
import { CORRELATION_CODES } from './errors.ts';
import { keysOfType } from './keys.ts';
import { parsePresence } from './presence.ts';

/** What a rule holds at most where it does not say otherwise. */
const DEFAULT_LIMITS = { groups: 50_000, samples: 10_000, evidence: 100 } as const;

const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;

/** A reading in progress. */
interface Reading {
  readonly document: OtherDocument;
  readonly block: PlainMap;
  readonly type: CorrelationType;
  readonly report: (finding: Finding) => void;
}

/**
 * Reads a loaded document of kind correlation: Sigma's keys and ours. What the schema can say, it has said before; here is what
 * depends on the type. Reports TT1701–TT1709; undefined where one of them is an error. References are resolved later, by
 * `planCorrelations`.
 */
export function readCorrelation(document: OtherDocument): Checked<CorrelationRule> {
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Finding): void => {
    diagnostics.push(diagnosticAt(finding, document.locate(finding.path, finding.part)));
  };
  const { block } = document;
  const type = CORRELATION_TYPES.find((known) => isPlainMap(block) && ownValue(block, 'type') === known);
  if (!isPlainMap(block) || type === undefined) return { value: undefined, diagnostics };
  const reading: Reading = { document, block, type, report };
  checkKeys(reading);
  const value = hasErrors(diagnostics) ? undefined : readRule(reading);
  return { value: hasErrors(diagnostics) ? undefined : value, diagnostics };
}

function checkKeys({ block, type, report }: Reading): void {
  const allowed = keysOfType(type);
  for (const key of Object.keys(block)) {
    if (allowed.includes(key)) continue;
    report({
      code: CORRELATION_CODES.TT1702,
      message: `'${key}' has no effect on a correlation of type ${type}`,
      path: ['correlation', key],
      part: 'key',
      hint: `the keys of this type are ${allowed.join(', ')}`,
    });
  }
}

function readRule(reading: Reading): CorrelationRule | undefined {
  const { document, block, type } = reading;
  const rules = references(reading, 'rules');
  if (type !== 'sequence' && rules.length === 0) {
    lack(reading, 'rules', 'a list of rules');
    return undefined;
  }
  const timespan = span(reading, ['timespan']);
  const body = readBody(reading, rules);
  const window = readWindow(reading, timespan);
  const suppress = ownValue(block, 'suppress');
  const limits = ownValue(block, 'limits');
  const emit = oneOf(block, 'emit', ['once', 'every', 'update', 'at_close'] as const);
  const waits =
    type === 'temporal_ordered' ||
    type === 'sequence' ||
    type === 'first_seen' ||
    type === 'risk' ||
    type === 'value_rarity';
  if (emit === 'at_close' && waits) {
    clash(
      reading,
      'emit',
      `a ${type} is decided by the firing that completes it, so it cannot wait for the close of a window`,
    );
  }
  if (emit === 'update' && (type === 'first_seen' || type === 'risk')) {
    clash(reading, 'emit', `a ${type} has nothing to update`);
  }
  if (timespan === undefined || body === undefined || window === undefined) return undefined;
  const lateness = ownValue(block, 'lateness') === undefined ? duration(0) : span(reading, ['lateness']);
  const suppressFor = isPlainMap(suppress) ? span(reading, ['suppress', 'for']) : undefined;
  const listed =
    type === 'sequence' && body.type === 'sequence' ? body.steps.map((step) => step.rule) : rules;
  return {
    kind: 'correlation',
    meta: document.meta,
    rules: listed,
    groupBy: texts(ownValue(block, 'group-by')),
    aliases: readAliases(block),
    timespan,
    window,
    emit,
    onNull: oneOf(block, 'on_null', ['skip', 'group'] as const),
    ties: oneOf(block, 'ties', ['strict', 'allow'] as const),
    sameEvent: oneOf(block, 'same_event', ['forbid', 'allow'] as const),
    cased: ownValue(block, 'cased') === true,
    lateness: lateness ?? 0,
    late: 'drop',
    afterMatch: oneOf(block, 'after_match', ['keep', 'reset'] as const),
    stateOnEdit: oneOf(block, 'state_on_edit', ['keep', 'replay', 'reset'] as const),
    ...(suppressFor === undefined
      ? {}
      : {
          suppress: {
            for: suppressFor,
            by: texts(isPlainMap(suppress) ? ownValue(suppress, 'by') : undefined),
          },
        }),
    counter: readCounter(reading),
    limits: {
      groups: number(limits, 'groups') ?? DEFAULT_LIMITS.groups,
      samples: number(limits, 'samples') ?? DEFAULT_LIMITS.samples,
      evidence: number(limits, 'evidence') ?? DEFAULT_LIMITS.evidence,
    },
    generate: ownValue(block, 'generate') === true || ownValue(document.document, 'generate') === true,
    ...(document.filters === undefined ? {} : { filters: document.filters }),
    body,
    tests: document.tests,
  };
}

function readBody(reading: Reading, rules: readonly RuleReference[]): CorrelationBody | undefined {
  const { type, block } = reading;
  switch (type) {
    case 'temporal':
      return readTemporal(reading, rules);
    case 'temporal_ordered':
      return { type };
    case 'sequence':
      return readSequence(reading);
    case 'first_seen': {
      const fields = readFields(reading);
      const warmup = ownValue(block, 'warmup') === undefined ? undefined : span(reading, ['warmup']);
      if (fields.length === 0)
        return lack(reading, 'condition', 'a condition with the field whose values are remembered');
      return { type, fields, ...(warmup === undefined ? {} : { warmup }) };
    }
    case 'risk': {
      if (ownValue(block, 'half_life') === undefined) return lack(reading, 'half_life', 'a half_life');
      const halfLife = span(reading, ['half_life']);
      const bounds = readBounds(reading);
      if (bounds === undefined || halfLife === undefined) return undefined;
      if (bounds.some((bound) => bound.op !== 'gt' && bound.op !== 'gte')) {
        clash(reading, 'condition', 'a risk is compared with gt or gte');
      }
      return {
        type,
        bounds,
        halfLife,
        weights: readWeights(reading, rules),
        minTactics: number(block, 'min_tactics') ?? 1,
        minSources: number(block, 'min_sources') ?? 1,
      };
    }
    default:
      return readMeasure(reading, type);
  }
}

function readMeasure(reading: Reading, type: MeasureType): CorrelationBody | undefined {
  const { block, report } = reading;
  const condition = ownValue(block, 'condition');
  const bounds = readBounds(reading);
  if (bounds === undefined) return undefined;
  const fields = readFields(reading);
  const percentile = number(condition, 'percentile');
  if (type === 'event_count' && fields.length > 0) {
    clash(
      reading,
      'condition',
      'an event_count counts firings, not values: write value_count, or leave `field` out',
    );
    return undefined;
  }
  if (type !== 'event_count' && fields.length === 0)
    return lack(reading, 'condition', 'the field whose values are measured');
  if (fields.length > 1 && type !== 'value_count' && type !== 'value_rarity') {
    clash(reading, 'condition', `a ${type} measures one field`);
    return undefined;
  }
  if (percentile !== undefined && type !== 'value_percentile') {
    clash(reading, 'condition', `'percentile' has no effect on a ${type}`);
    return undefined;
  }
  const minEvents = number(condition, 'min_events') ?? 1;
  if (type === 'value_percentile' && percentile === undefined) {
    report({
      code: CORRELATION_CODES.TT1707,
      message: 'without `percentile` this is the share, in per cent, of a value in its group',
      path: ['correlation', 'type'],
      hint: 'write `type: value_rarity` to say so, or add `percentile`',
    });
    return { type: 'value_rarity', fields, bounds, minEvents };
  }
  return { type, fields, bounds, minEvents, ...(percentile === undefined ? {} : { percentile }) };
}

function readTemporal(reading: Reading, rules: readonly RuleReference[]): CorrelationBody | undefined {
  const { block, report } = reading;
  const condition = ownValue(block, 'condition');
  const weights = ownValue(block, 'weights');
  if (typeof condition === 'string') {
    if (weights !== undefined)
      clash(reading, 'weights', 'weights are compared by bounds, not by a condition over names');
    const path = ['correlation', 'condition'];
    const parsed = parsePresence(condition, {
      rules,
      reference: (name, from) =>
        listed(reading, { name, rules, path, part: { from, to: from + name.length } }),
    });
    if ('value' in parsed) return { type: 'temporal', condition: parsed.value };
    const { message, from, to } = parsed.problem;
    report({ code: CORRELATION_CODES.TT1704, message, path, part: { from, to } });
    return undefined;
  }
  if (condition === undefined) {
    if (weights === undefined) return { type: 'temporal' };
    return lack(reading, 'condition', 'a bound (`condition: {gte: …}`) that the weights are compared with');
  }
  const bounds = readBounds(reading);
  if (bounds === undefined) return undefined;
  if (
    readFields(reading).length > 0 ||
    number(condition, 'percentile') !== undefined ||
    number(condition, 'min_events') !== undefined
  ) {
    clash(reading, 'condition', 'a temporal correlation takes bounds or a condition over rule names');
    return undefined;
  }
  const least = bounds.reduce(
    (most, { op, value }) => Math.max(most, op === 'gt' ? Math.floor(value) + 1 : value),
    1,
  );
  const lower = bounds.every(
    ({ op, value }) => op === 'gt' || op === 'gte' || (op === 'eq' && value === rules.length),
  );
  if (weights !== undefined) {
    if (!bounds.every(({ op }) => op === 'gt' || op === 'gte'))
      clash(reading, 'condition', 'weights are compared with gt or gte');
    const strict = bounds.some(({ op }) => op === 'gt');
    if (strict) clash(reading, 'condition', 'weights are compared with gte');
    return {
      type: 'temporal',
      condition: { kind: 'weight', weights: readWeights(reading, rules), atLeast: least },
    };
  }
  if (!lower || least > rules.length) {
    clash(
      reading,
      'condition',
      `bounds of a temporal correlation count the rules that are there: gt or gte up to ${rules.length}; for what must not be there write a condition with \`not\``,
    );
    return undefined;
  }
  const of = rules.map((rule): Presence => ({ kind: 'rule', rule }));
  return { type: 'temporal', condition: { kind: 'at_least', count: Math.ceil(least), of } };
}

function readSequence(reading: Reading): CorrelationBody | undefined {
  const { block } = reading;
  const listedSteps = ownValue(block, 'steps');
  if (!Array.isArray(listedSteps)) return lack(reading, 'steps', 'steps');
  const steps = listedSteps.flatMap((step: unknown, index) =>
    isPlainMap(step) ? (readStep(reading, step, index) ?? []) : [],
  );
  if (steps.length < listedSteps.length) return undefined;
  return { type: 'sequence', steps, join: readJoins(reading), until: references(reading, 'until') };
}

function readStep(reading: Reading, step: PlainMap, index: number): SequenceStep | undefined {
  const { document } = reading;
  const path = ['correlation', 'steps', index];
  const rule = ownValue(step, 'rule');
  const absent = ownValue(step, 'absent');
  if ((rule === undefined) === (absent === undefined)) {
    reading.report({
      code: CORRELATION_CODES.TT1701,
      message:
        rule === undefined
          ? 'a step needs `rule` or `absent`'
          : 'a step is either `rule` or `absent`; make it two steps',
      path,
    });
    return undefined;
  }
  const key = rule === undefined ? 'absent' : 'rule';
  const reference = { text: String(rule ?? absent), at: document.locate([...path, key]) };
  const times = ownValue(step, 'times');
  const distinct = isPlainMap(times) ? ownValue(times, 'distinct') : undefined;
  const within =
    ownValue(step, 'within') === undefined ? undefined : span(reading, ['steps', index, 'within']);
  const after = ownValue(step, 'after') === undefined ? undefined : span(reading, ['steps', index, 'after']);
  const label = ownValue(step, 'as');
  return {
    label: typeof label === 'string' ? label : reference.text,
    rule: reference,
    absent: key === 'absent',
    times: typeof times === 'number' ? times : (number(times, 'min') ?? 1),
    ...(typeof distinct === 'string' ? { distinct } : {}),
    ...(within === undefined ? {} : { within }),
    ...(after === undefined ? {} : { after }),
    where: readTests(reading, ownValue(step, 'where'), [...path, 'where']),
    at: document.locate(path),
  };
}

function readTests(reading: Reading, where: unknown, path: KeyPath): StepTest[] {
  if (!isPlainMap(where)) return [];
  const labels = stepLabels(reading);
  const tests: StepTest[] = [];
  for (const [field, comparisons] of Object.entries(where)) {
    if (!isPlainMap(comparisons)) continue;
    for (const op of OPERATORS) {
      const other = ownValue(comparisons, op);
      if (other === undefined) continue;
      const step = typeof other === 'string' ? stepField(other, labels) : undefined;
      if (step !== undefined) tests.push({ field, op, other: step });
      else if (typeof other === 'string' || typeof other === 'number' || typeof other === 'boolean') {
        if (op !== 'eq' && op !== 'neq' && typeof other !== 'number') {
          reading.report({
            code: CORRELATION_CODES.TT1705,
            message: `'${op}' compares numbers, and '${other}' is none, nor a step and its field`,
            path: [...path, field, op],
            hint: `the steps are ${labels.join(', ')}`,
          });
        }
        tests.push({ field, op, other: { value: other } });
      }
    }
  }
  return tests;
}

function readJoins(reading: Reading): StepJoin[] {
  const written = ownValue(reading.block, 'join');
  const labels = stepLabels(reading);
  const joins: StepJoin[] = [];
  const list: readonly unknown[] = Array.isArray(written) ? written : written === undefined ? [] : [written];
  for (const [index, text] of list.entries()) {
    const path = Array.isArray(written) ? ['correlation', 'join', index] : ['correlation', 'join'];
    const [left, right, ...more] = String(text)
      .split('=')
      .map((end) => stepField(end.trim(), labels) ?? anyStepField(end.trim()));
    if (left === undefined || right === undefined || more.length > 0) {
      reading.report({
        code: CORRELATION_CODES.TT1705,
        message: `'${String(text)}' is no join`,
        path,
        hint: 'write it as `step.Field = step.Field`',
      });
      continue;
    }
    joins.push({ left, right, at: reading.document.locate(path) });
  }
  return joins;
}

function stepLabels({ block }: Reading): string[] {
  const steps = ownValue(block, 'steps');
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown) => {
    if (!isPlainMap(step)) return [];
    return [String(ownValue(step, 'as') ?? ownValue(step, 'rule') ?? ownValue(step, 'absent') ?? '')];
  });
}

/** `label.field` for the longest label there is: labels and fields may have dots themselves. */
function stepField(text: string, labels: readonly string[]): StepField | undefined {
  const label = labels
    .filter((one) => text.startsWith(`${one}.`) && text.length > one.length + 1)
    .sort((a, b) => b.length - a.length)[0];
  return label === undefined ? undefined : { step: label, field: text.slice(label.length + 1) };
}

/** The same for a label that no step has: the plan reports it, with the nearest. */
function anyStepField(text: string): StepField | undefined {
  const dot = text.indexOf('.');
  return dot <= 0 || dot === text.length - 1
    ? undefined
    : { step: text.slice(0, dot), field: text.slice(dot + 1) };
}

function readWindow(reading: Reading, timespan: Duration | undefined): CorrelationRule['window'] | undefined {
  const window = ownValue(reading.block, 'window');
  if (window === undefined || window === 'sliding') return { kind: 'sliding' };
  if (window === 'tumbling') return { kind: 'tumbling' };
  const keys = isPlainMap(window) ? Object.keys(window) : [];
  const [key] = keys;
  if (keys.length !== 1 || (key !== 'hop' && key !== 'session')) {
    reading.report({
      code: CORRELATION_CODES.TT1706,
      message: 'a window is sliding, tumbling, `hop: <span>` or `session: <gap>`',
      path: ['correlation', 'window'],
    });
    return undefined;
  }
  const length = span(reading, ['window', key]);
  if (length === undefined || timespan === undefined) return undefined;
  if (key === 'session') return { kind: 'session', gap: length };
  if (length > timespan)
    clash(reading, 'window', 'a hop longer than the window would leave gaps between windows');
  return { kind: 'hop', every: length };
}

function readCounter(reading: Reading): CounterEvidence[] {
  const { block, document } = reading;
  const counter = ownValue(block, 'counter');
  if (!Array.isArray(counter)) return [];
  return counter.flatMap((item: unknown, index): CounterEvidence[] => {
    if (!isPlainMap(item)) return [];
    const path = ['correlation', 'counter', index];
    const within = span(reading, ['counter', index, 'within']);
    const alive = ownValue(item, 'alive');
    const aliveWithin = isPlainMap(alive) ? span(reading, ['counter', index, 'alive', 'within']) : undefined;
    const effect = oneOf(item, 'effect', ['veto', 'lower'] as const);
    if (effect === 'veto' && number(item, 'factor') !== undefined) {
      reading.report({
        code: CORRELATION_CODES.TT1706,
        message: '`factor` lowers a score; a veto drops the match',
        path: [...path, 'factor'],
        part: 'key',
      });
    }
    if (within === undefined) return [];
    return [
      {
        rule: { text: String(ownValue(item, 'rule')), at: document.locate([...path, 'rule']) },
        within,
        effect,
        factor: number(item, 'factor') ?? 0.5,
        ...(aliveWithin === undefined || !isPlainMap(alive)
          ? {}
          : {
              alive: {
                rule: {
                  text: String(ownValue(alive, 'rule')),
                  at: document.locate([...path, 'alive', 'rule']),
                },
                within: aliveWithin,
              },
            }),
      },
    ];
  });
}

function readWeights(
  reading: Reading,
  rules: readonly RuleReference[],
): { readonly rule: RuleReference; readonly weight: number }[] {
  const weights = ownValue(reading.block, 'weights');
  if (!isPlainMap(weights)) return [];
  return Object.entries(weights).flatMap(([name, weight]) => {
    if (typeof weight !== 'number') return [];
    return [
      { rule: listed(reading, { name, rules, path: ['correlation', 'weights', name], part: 'key' }), weight },
    ];
  });
}

/** The listed rule that a condition or weight names; TT1708 where there is none. */
function listed(
  reading: Reading,
  at: {
    readonly name: string;
    readonly rules: readonly RuleReference[];
    readonly path: KeyPath;
    readonly part: NonNullable<Finding['part']>;
  },
): RuleReference {
  const { name, rules, path, part } = at;
  const found = rules.find((rule) => rule.text === name);
  if (found !== undefined) return found;
  const names = rules.map((rule) => rule.text);
  const near = nearest(name, names);
  reading.report({
    code: CORRELATION_CODES.TT1708,
    message: `'${name}' is not among the rules of this correlation`,
    path,
    part,
    hint: near === undefined ? `it lists ${names.join(', ')}` : `did you mean '${near}'?`,
  });
  return { text: name };
}

/** The bounds of the condition; TT1701 where there is none, TT1709 where they contradict each other. */
function readBounds(reading: Reading): Bound[] | undefined {
  const condition = ownValue(reading.block, 'condition');
  if (typeof condition === 'string') {
    clash(reading, 'condition', `a ${reading.type} compares a figure: write bounds, e.g. \`{gte: 5}\``);
    return undefined;
  }
  const bounds = OPERATORS.flatMap((op): Bound[] => {
    const value = number(condition, op);
    return value === undefined ? [] : [{ op, value }];
  });
  if (bounds.length === 0) {
    lack(reading, 'condition', 'a condition with a bound, e.g. `{gte: 5}`');
    return undefined;
  }
  if (!satisfiable(bounds)) {
    reading.report({
      code: CORRELATION_CODES.TT1709,
      message: 'no figure satisfies all of these bounds',
      path: ['correlation', 'condition'],
    });
  }
  return bounds;
}

function satisfiable(bounds: readonly Bound[]): boolean {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let open = false;
  for (const { op, value } of bounds) {
    if (op === 'gt' || op === 'gte' || op === 'eq') {
      if (value > low || (value === low && op === 'gt')) open = op === 'gt';
      low = Math.max(low, value);
    }
  }
  for (const { op, value } of bounds) {
    if (op === 'lt' || op === 'lte' || op === 'eq') {
      if (value < high) high = value;
      if (op === 'lt' && value === high) open = true;
    }
  }
  return low < high || (low === high && !open && !bounds.some((b) => b.op === 'neq' && b.value === low));
}

function readFields({ block }: Reading): string[] {
  const condition = ownValue(block, 'condition');
  return isPlainMap(condition) ? texts(ownValue(condition, 'field')) : [];
}

function readAliases(block: PlainMap): Map<string, Map<string, string>> {
  const aliases = ownValue(block, 'aliases');
  const read = new Map<string, Map<string, string>>();
  if (!isPlainMap(aliases)) return read;
  for (const [alias, fields] of Object.entries(aliases)) {
    if (!isPlainMap(fields)) continue;
    const byRule = Object.entries(fields).flatMap(([rule, field]) =>
      typeof field === 'string' ? [[rule, field] as const] : [],
    );
    read.set(alias, new Map(byRule));
  }
  return read;
}

function references({ block, document }: Reading, key: 'rules' | 'until'): RuleReference[] {
  const written = ownValue(block, key);
  if (written === undefined || written === null) return [];
  const list: readonly unknown[] = Array.isArray(written) ? written : [written];
  return list.map((text, index) => ({
    text: String(text),
    at: document.locate(Array.isArray(written) ? ['correlation', key, index] : ['correlation', key]),
  }));
}

/** A time span by its path inside the block; TT1703 where it is none. */
function span(reading: Reading, path: KeyPath): Duration | undefined {
  let value: unknown = reading.block;
  for (const step of path) {
    value = Array.isArray(value)
      ? value[Number(step)]
      : isPlainMap(value)
        ? ownValue(value, String(step))
        : undefined;
  }
  if (value === undefined) return undefined;
  const parsed = parseDuration(String(value));
  if (parsed === undefined) {
    reading.report({
      code: CORRELATION_CODES.TT1703,
      message: `'${String(value)}' is no time span`,
      path: ['correlation', ...path],
      hint: 'write a number and a unit: 30s, 5m, 1h, 7d, 2w',
    });
  }
  return parsed;
}

function lack({ report, type, block }: Reading, key: string, what: string): undefined {
  const present = Object.hasOwn(block, key);
  report({
    code: CORRELATION_CODES.TT1701,
    message: `a correlation of type ${type} needs ${what}`,
    path: present ? ['correlation', key] : ['correlation'],
    part: 'key',
  });
  return undefined;
}

function clash({ report }: Reading, key: string, message: string): void {
  report({ code: CORRELATION_CODES.TT1706, message, path: ['correlation', key] });
}

function oneOf<const T extends readonly [string, ...string[]]>(
  map: PlainMap,
  key: string,
  allowed: T,
): T[number] {
  const value = ownValue(map, key);
  return allowed.find((one) => one === value) ?? allowed[0];
}

function number(map: unknown, key: string): number | undefined {
  const value = isPlainMap(map) ? ownValue(map, key) : undefined;
  return typeof value === 'number' ? value : undefined;
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
