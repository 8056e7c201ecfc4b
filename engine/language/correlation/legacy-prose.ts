import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import { baseOf, type Context, correlationOf, type LegacyImport, nameOf } from './legacy-base.ts';

const WORDS = new Set(['and', 'or', 'not', 'of', 'all', 'any', 'them', '1']);
const OPERATORS: Readonly<Record<string, string>> = {
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
  '=': 'eq',
};

/** `count(field) per a per b > n and not known`: a distinct count, grouped; what the count is of is every other selection. */
export function importCountPer(context: Context, condition: string): LegacyImport | string | undefined {
  const match =
    /^count\s*\(\s*(\S*?)\s*\)((?:\s+per\s+\S+)+)\s*(>=|<=|>|<|=)\s*(\d+)(?:\s+and\s+(.+))?$/is.exec(
      condition.trim(),
    );
  if (match === null) return undefined;
  const [, field = '', per = '', operator = '', number = '', rest = ''] = match;
  const missing = unknownNames(context, rest);
  if (missing !== undefined) return missing;
  const others = selectionsOf(context).filter((name) => !namesIn(rest).includes(name));
  const name = nameOf(context.document);
  const asked = [...others, ...(rest === '' ? [] : [rest])].join(' and ');
  context.report.push(`\`count per\` names no selection to count; '${asked}' was taken`);
  const correlation = {
    type: field === '' ? 'event_count' : 'value_count',
    rules: [name],
    'group-by': per
      .split(/\s+per\s+/i)
      .filter((part) => part.trim() !== '')
      .map((part) => part.trim()),
    timespan: context.timespan,
    condition: { ...(field === '' ? {} : { field }), [OPERATORS[operator] ?? 'gte']: Number(number) },
  };
  return made(context, [baseOf(context, { name, condition: asked })], correlation);
}

/** `write F from a (if not b) to list %L%; then if c -> alert`: a sequence whose second step carries F of the first where `c` names the list. */
export function importWritten(context: Context, condition: string): LegacyImport | string | undefined {
  const match =
    /^write\s+(\S+)\s+from\s+(.+?)\s+to\s+(?:list\s+)?(%\w+%)\s*;\s*then\s+if\s+(.+?)\s*->\s*alert$/is.exec(
      condition.trim(),
    );
  if (match === null) return undefined;
  const [, field = '', from = '', list = '', then = ''] = match;
  const first = from.replace(/\s*\(\s*if\s+(.+?)\s*\)\s*$/i, ' and $1');
  for (const part of [first, then]) {
    const missing = unknownNames(context, part);
    if (missing !== undefined) return missing;
  }
  const asked = namesIn(then).filter(
    (name) => fieldWith(ownValue(context.detection, name), list) !== undefined,
  );
  const [holder] = asked;
  const joined = holder === undefined ? undefined : fieldWith(ownValue(context.detection, holder), list);
  if (holder === undefined || joined === undefined || asked.length > 1) {
    return `the list ${list} is not asked for in one selection of '${then}'`;
  }
  const stem = nameOf(context.document);
  const detection = {
    ...context.detection,
    [holder]: withoutField(ownValue(context.detection, holder), joined),
  };
  const documents = [
    baseOf(context, { name: `${stem}_1`, condition: first }),
    baseOf({ ...context, detection }, { name: `${stem}_2`, condition: then }),
  ];
  context.report.push(`the list ${list} became the join first.${field} = then.${joined}`);
  const correlation = {
    type: 'sequence',
    timespan: context.timespan,
    steps: [
      { rule: `${stem}_1`, as: 'first' },
      { rule: `${stem}_2`, as: 'then' },
    ],
    join: [`first.${field} = then.${joined}`],
  };
  return made(context, documents, correlation);
}

/** `a and b` with a timeframe, where no event can be both: the two must come together. */
export function importTogether(context: Context, condition: string): LegacyImport | undefined {
  if (ownValue(context.detection, 'timeframe') === undefined) return undefined;
  const names = condition.trim().split(/\s+and\s+/i);
  const selections = names.map((name) => ownValue(context.detection, name));
  if (
    names.length < 2 ||
    !selections.every(isPlainMap) ||
    !selections.some((one, i) => selections.slice(i + 1).some((other) => contradict(one, other)))
  ) {
    return undefined;
  }
  const stem = nameOf(context.document);
  const bases = names.map((name, i) => ({ name: `${stem}_${i + 1}`, condition: name }));
  context.report.push(
    'no event can be all of these selections at once; with the timeframe they are events that must come together',
  );
  context.report.push('the rule names no field to group by; all events are in one group, add a `group-by`');
  const correlation = { type: 'temporal', rules: bases.map(({ name }) => name), timespan: context.timespan };
  return made(
    context,
    bases.map((base) => baseOf(context, base)),
    correlation,
  );
}

function made(
  { document, report }: Context,
  documents: readonly PlainMap[],
  correlation: PlainMap,
): LegacyImport {
  return { documents: [...documents, correlationOf(document, correlation)], report };
}

function selectionsOf({ detection }: Context): string[] {
  return Object.keys(detection).filter((key) => key !== 'condition' && key !== 'timeframe');
}

function namesIn(condition: string): string[] {
  return condition.split(/[\s()]+/).filter((word) => word !== '' && !WORDS.has(word.toLowerCase()));
}

/** Says which names of a condition are no selection; undefined where all are. */
function unknownNames(context: Context, condition: string): string | undefined {
  const known = selectionsOf(context);
  const missing = namesIn(condition).filter((name) => !name.includes('*') && !known.includes(name));
  return missing.length === 0
    ? undefined
    : `the condition names selections that are not there: ${[...new Set(missing)].join(', ')}`;
}

/** The field of a selection that has this very value. */
function fieldWith(selection: unknown, value: string): string | undefined {
  if (!isPlainMap(selection)) return undefined;
  return Object.keys(selection).find((field) => ownValue(selection, field) === value);
}

function withoutField(selection: unknown, field: string): unknown {
  return isPlainMap(selection)
    ? Object.fromEntries(Object.entries(selection).filter(([key]) => key !== field))
    : selection;
}

/** Whether two selections ask for different single values of one field. */
function contradict(one: PlainMap, other: PlainMap): boolean {
  return Object.entries(one).some(([field, value]) => {
    const against = ownValue(other, field);
    const scalar = (of: unknown): boolean => typeof of === 'string' || typeof of === 'number';
    return (
      !field.includes('|') &&
      scalar(value) &&
      scalar(against) &&
      !/[*?]/.test(`${String(value)}${String(against)}`) &&
      String(value).toLowerCase() !== String(against).toLowerCase()
    );
  });
}
