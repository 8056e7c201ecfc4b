import { nearest } from '../../diagnostic/index.ts';
import type { CorrelationBody, SequenceStep, StepField, StepJoin, StepTest } from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import type { KeyPath } from '../finding.ts';
import { CORRELATION_CODES } from './errors.ts';
import { lack, number, OPERATORS, type Reading, references, span } from './reading.ts';

/** What a sequence has beyond the common part. Reports TT1701, TT1703, TT1705 and TT1710. */
export function readSequence(reading: Reading): CorrelationBody | undefined {
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
  const where = ownValue(step, 'where');
  const wherePath = [...path, 'where'];
  return {
    label: typeof label === 'string' ? label : reference.text,
    rule: reference,
    absent: key === 'absent',
    times: typeof times === 'number' ? times : (number(times, 'min') ?? 1),
    ...(typeof distinct === 'string' ? { distinct } : {}),
    ...(within === undefined ? {} : { within }),
    ...(after === undefined ? {} : { after }),
    where: readTests(reading, where, wherePath),
    ...(Array.isArray(where)
      ? { anyOf: where.map((one: unknown, i) => readTests(reading, one, [...wherePath, i])) }
      : {}),
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
        } else if (typeof other === 'string')
          lintLiteral(reading, { text: other, field, path: [...path, field, op] });
        tests.push({ field, op, other: { value: other } });
      }
    }
  }
  return tests;
}

/** A text that is compared as it stands, though it was probably meant for a field of a step. Reports TT1710. */
function lintLiteral(
  reading: Reading,
  of: { readonly text: string; readonly field: string; readonly path: KeyPath },
): void {
  const meant = LIKE_STEP_FIELD.exec(of.text);
  if (meant === null) return;
  const [, step = '', field = ''] = meant;
  const labels = stepLabels(reading);
  const renamed = labels[stepReferences(reading).indexOf(step)];
  const near = renamed ?? nearest(step, labels);
  const named = [of.field, ...namedFields(reading)].some((one) => one.toLowerCase() === field.toLowerCase());
  // Names of programs, hosts and actions have dots as well: without a sign that a step is meant, the text is what it says.
  if (near === undefined && !named) return;
  reading.report({
    code: CORRELATION_CODES.TT1710,
    message: `no step is called '${step}': '${of.text}' is compared as a text`,
    path: of.path,
    hint: near === undefined ? `the steps are ${labels.join(', ')}` : `did you mean '${near}.${field}'?`,
  });
}

/** What may stand before and after the dot of `step.Field`; anything else can only be a text. */
const LIKE_STEP_FIELD = /^([A-Za-z_][\w-]*)\.([A-Za-z_@][\w.@-]*)$/;

/** The fields that a sequence names: group-by, joins, and tests of its steps. */
function namedFields({ block }: Reading): string[] {
  const groupBy = ownValue(block, 'group-by');
  const join = ownValue(block, 'join');
  const steps = ownValue(block, 'steps');
  return [
    ...[groupBy].flat().map(String),
    ...[join].flat().flatMap((text) =>
      String(text)
        .split('=')
        .map((end) => end.trim().slice(end.trim().indexOf('.') + 1)),
    ),
    ...(Array.isArray(steps) ? steps : []).flatMap((step: unknown) => {
      const where = isPlainMap(step) ? ownValue(step, 'where') : undefined;
      return [where].flat().flatMap((map) => (isPlainMap(map) ? Object.keys(map) : []));
    }),
  ];
}

/** The rule of each step as it is written, in the order of `stepLabels`. */
function stepReferences({ block }: Reading): string[] {
  const steps = ownValue(block, 'steps');
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown) =>
    isPlainMap(step) ? [String(ownValue(step, 'rule') ?? ownValue(step, 'absent') ?? '')] : [],
  );
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
