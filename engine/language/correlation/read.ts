import { type Checked, type Diagnostic, hasErrors } from '../../diagnostic/index.ts';
import {
  CORRELATION_TYPES,
  type CorrelationRule,
  type CounterEvidence,
  type Duration,
  duration,
} from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import { diagnosticAt, type Finding } from '../finding.ts';
import type { OtherDocument } from '../rules.ts';
import { CORRELATION_CODES } from './errors.ts';
import { keysOfType } from './keys.ts';
import { readBody } from './read-body.ts';
import { clash, lack, number, oneOf, type Reading, references, span, texts } from './reading.ts';

/** What a rule holds at most where it does not say otherwise. */
const DEFAULT_LIMITS = { groups: 50_000, samples: 10_000, evidence: 100 } as const;

/**
 * Reads a loaded document of kind correlation: Sigma's keys and ours. What the schema can say, it has said before; here is what
 * depends on the type. Reports TT1701–TT1711; undefined where one of them is an error. References are resolved later, by
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
  if (ownValue(block, 'state_on_edit') !== undefined && ownValue(document.document, 'id') === undefined) {
    report({
      code: CORRELATION_CODES.TT1711,
      message:
        '`state_on_edit` has no effect: without an `id` the rule is another one once it is edited, and its state is dropped',
      path: ['correlation', 'state_on_edit'],
      part: 'key',
      hint: 'give the rule an `id`: any UUID that no other rule has',
    });
  }
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
  const sameEvent = oneOf(block, 'same_event', ['forbid', 'allow'] as const);
  const ties = oneOf(block, 'ties', ['strict', 'allow'] as const);
  if (type === 'sequence' && sameEvent === 'allow' && ties === 'strict') {
    clash(reading, 'same_event', 'one event is at one instant: steps share it only with ties: allow');
  }
  if (timespan === undefined || body === undefined || window === undefined) return undefined;
  const lateness = ownValue(block, 'lateness') === undefined ? duration(0) : span(reading, ['lateness']);
  const late = oneOf(block, 'late', ['drop', 'revise'] as const);
  const given = ownValue(block, 'revise_for') !== undefined;
  if (given && late === 'drop')
    clash(reading, 'revise_for', 'without late: revise, nothing that comes late is revised');
  const reviseFor = given ? span(reading, ['revise_for']) : undefined;
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
    ties,
    sameEvent,
    cased: ownValue(block, 'cased') === true,
    lateness: lateness ?? 0,
    late,
    ...(reviseFor === undefined ? {} : { reviseFor }),
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
