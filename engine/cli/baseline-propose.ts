import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unwritable } from '../adapters/index.ts';
import { type AlarmRate, alarmRate } from '../baseline/index.ts';
import { writeDocuments } from '../language/index.ts';
import {
  type BaselineFeature,
  type BaselineRule,
  type Duration,
  duration,
  formatDuration,
  type Signal,
  sha256,
} from '../model/index.ts';
import { compileRuleset } from '../pipeline/index.ts';
import type { Recording } from './baseline-run.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { isPlain } from './plain.ts';
import { refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';
import { mergeThreeWay } from './three-way.ts';

const DAY = 86_400_000_000;

/** A rule to be written: its documents without what is measured. */
interface Proposal {
  readonly file: string;
  readonly predicted: AlarmRate;
  readonly documents: readonly Readonly<Record<string, unknown>>[];
  /** Entities that the threshold would have named, most often first: what is known to be harmless, if nothing happened. */
  readonly named: readonly string[];
}

/**
 * Writes an ordinary rule for each feature that a rule without memory, or with a correlation's, can say: counts, distinct counts and sums with
 * the threshold that keeps the budget, and first-seen values. Each carries the alarms a day that the windows predict and those that a replay
 * through the engine measured, whom it would have named, and as tests one replayed hit and one near miss. A file that was edited by hand keeps
 * its edits (three-way, against what was generated the last time).
 */
export async function proposeRules(
  terminal: Terminal,
  { recording, out }: { readonly recording: Recording; readonly out: string },
): Promise<ExitCode> {
  let written = 0;
  for (const rule of recording.rules) {
    const own = recording.observations.get(rule.meta.id) ?? [];
    const can = rule.features.filter((feature) => PROPOSABLE.has(feature.kind));
    for (const feature of rule.features) {
      if (!PROPOSABLE.has(feature.kind))
        terminal.say(
          `${rule.meta.title}: '${feature.name}' stays with the baseline; a ${feature.kind} has no threshold to write down`,
        );
    }
    for (const feature of can) {
      const proposal = proposalOf(recording, {
        rule,
        feature,
        observations: own,
        share: rule.budget.perDay / can.length,
      });
      if (proposal === undefined) {
        terminal.say(`${rule.meta.title}: '${feature.name}' has too little to take a threshold from`);
        continue;
      }
      const trouble = await write(terminal, { recording, proposal, out, own });
      if (trouble !== EXIT.clean) return trouble;
      written++;
    }
  }
  if (written > 0) return EXIT.clean;
  terminal.say('no rule to propose');
  return EXIT.findings;
}

const PROPOSABLE: ReadonlySet<string> = new Set(['count', 'distinct', 'sum', 'category', 'edge']);

interface Ground {
  readonly rule: BaselineRule;
  readonly feature: BaselineFeature;
  readonly observations: readonly Signal[];
  /** Alarms a day that this rule may have. */
  readonly share: number;
}

function proposalOf(recording: Recording, ground: Ground): Proposal | undefined {
  const { feature } = ground;
  switch (feature.kind) {
    case 'count':
      return figureRule(recording, ground, { window: feature.window, type: 'event_count' });
    case 'distinct':
      return figureRule(recording, ground, {
        window: feature.window,
        type: 'value_count',
        field: feature.field,
      });
    case 'sum':
      return figureRule(recording, ground, {
        window: feature.window,
        type: 'value_sum',
        field: feature.field,
      });
    case 'category':
    case 'edge':
      return firstSeenRule(recording, ground, feature.field);
    default:
      return undefined;
  }
}

interface FigureWanted {
  readonly window: Duration;
  readonly type: 'event_count' | 'value_count' | 'value_sum';
  readonly field?: string;
}

interface WindowFigure {
  readonly entity: string;
  readonly figure: number;
}

function figureRule(recording: Recording, ground: Ground, wanted: FigureWanted): Proposal | undefined {
  const { rule, feature, observations, share } = ground;
  const figures = figuresOf(rule, observations, wanted);
  const days = daysOf(observations);
  if (figures.length < 20 || days < 2) return undefined;
  const sorted = [...figures].sort((a, b) => b.figure - a.figure);
  const allowed = Math.floor(share * days);
  // The least threshold that the windows seen so far reach no oftener than the budget allows.
  const least =
    wanted.type === 'value_sum' ? 1 : Math.max(2, (sorted[Math.floor(figures.length / 2)]?.figure ?? 0) + 1);
  const threshold = Math.max(least, Math.floor(sorted[allowed]?.figure ?? sorted.at(-1)?.figure ?? 0) + 1);
  const hits = sorted.filter(({ figure }) => figure >= threshold);
  const name = `${rule.meta.name ?? 'baseline'}_${feature.name}`;
  const hit = hits[0] ?? { entity: 'someone', figure: threshold };
  const condition = { gte: threshold, ...(wanted.field === undefined ? {} : { field: wanted.field }) };
  return {
    file: `${name}.yml`,
    predicted: alarmRate(hits.length, days),
    named: namesOf(hits),
    documents: [
      base(recording, rule, name),
      {
        title: `${rule.meta.title}: ${feature.name} ${threshold} or more in ${formatDuration(wanted.window)}`,
        id: idOf(`${name} correlation`),
        name,
        status: 'experimental',
        correlation: {
          type: wanted.type,
          rules: [`${name}_events`],
          'group-by': rule.entity.key,
          timespan: formatDuration(wanted.window),
          // As the baseline measured: a sliding window would find more, and the budget would not hold.
          window: 'tumbling',
          condition,
        },
        level: rule.meta.level,
        tests: figureTests(rule, wanted, { name, threshold, hit }),
      },
    ],
  };
}

function figureTests(
  rule: BaselineRule,
  wanted: FigureWanted,
  { name, threshold, hit }: { readonly name: string; readonly threshold: number; readonly hit: WindowFigure },
): unknown[] {
  const parts = hit.entity.split('\u0000');
  const keyed = (): Record<string, string> =>
    Object.fromEntries(rule.entity.key.map((field, i) => [field, parts[i] ?? 'someone']));
  const every = formatDuration(
    duration(Math.max(1, Math.floor(wanted.window / (2 * Math.max(hit.figure, threshold))))),
  );
  const given = (figure: number): unknown[] => {
    const signal = `${name}_events`;
    if (wanted.type === 'event_count') return [{ signal, fields: keyed(), repeat: figure, every }];
    const field = wanted.field ?? '';
    if (wanted.type === 'value_count')
      return [{ signal, fields: keyed(), repeat: figure, every, vary: { [field]: 'v{n}' } }];
    return [{ signal, fields: { ...keyed(), [field]: figure } }];
  };
  return [
    { name: `as it was in the recording: ${hit.figure}`, given: given(hit.figure), expect: { signals: 1 } },
    { name: `one less than the threshold`, given: given(threshold - 1), expect: { signals: 0 } },
  ];
}

function firstSeenRule(
  recording: Recording,
  { rule, feature, observations }: Ground,
  field: string,
): Proposal | undefined {
  const days = daysOf(observations);
  if (days < 2) return undefined;
  const warmup = duration(Math.min(rule.learn.from, Math.max(rule.learn.minDays, 1) * DAY));
  const start = new Map<string, number>();
  const seen = new Set<string>();
  const hits: WindowFigure[] = [];
  for (const observation of observations) {
    const entity = keyOf(rule, observation);
    const value = observation.values.get(field);
    if (entity === undefined || value === undefined || value === null) continue;
    const since = start.get(entity) ?? observation.end;
    start.set(entity, since);
    const pair = `${entity}\u0001${String(value).toLowerCase()}`;
    if (!seen.has(pair) && observation.end - since >= warmup) hits.push({ entity, figure: 1 });
    seen.add(pair);
  }
  const name = `${rule.meta.name ?? 'baseline'}_${feature.name}`;
  const parts = (hits[0]?.entity ?? 'someone').split('\u0000');
  const key = Object.fromEntries(rule.entity.key.map((one, i) => [one, parts[i] ?? 'someone']));
  const signal = `${name}_events`;
  const at = formatDuration(duration(warmup + DAY));
  return {
    file: `${name}.yml`,
    predicted: alarmRate(hits.length, days),
    named: namesOf(hits),
    documents: [
      base(recording, rule, name),
      {
        title: `${rule.meta.title}: a ${field} not seen before`,
        id: idOf(`${name} correlation`),
        name,
        status: 'experimental',
        correlation: {
          type: 'first_seen',
          rules: [signal],
          'group-by': rule.entity.key,
          timespan: '90d',
          warmup: formatDuration(warmup),
          condition: { field },
        },
        level: rule.meta.level === 'informational' ? 'informational' : 'low',
        tests: [
          {
            name: 'a new value after the warm-up',
            given: [
              { signal, fields: { ...key, [field]: 'usual' } },
              { signal, fields: { ...key, [field]: 'new' }, at },
            ],
            expect: { signals: 1 },
          },
          {
            name: 'the usual value after the warm-up',
            given: [
              { signal, fields: { ...key, [field]: 'usual' } },
              { signal, fields: { ...key, [field]: 'usual' }, at },
            ],
            expect: { signals: 0 },
          },
        ],
      },
    ],
  };
}

/** The detection that the correlation reads: the baseline's own selection. */
function base({ ruleset }: Recording, rule: BaselineRule, name: string): Readonly<Record<string, unknown>> {
  const document = ruleset.loaded.others.find(({ meta }) => meta.id === rule.meta.id);
  const block = isPlain(document?.block) ? document.block : {};
  return {
    title: `${rule.meta.title}: events of ${name}`,
    id: idOf(`${name} events`),
    name: `${name}_events`,
    status: 'experimental',
    logsource: document?.document['logsource'] ?? {},
    detection: block['select'],
    level: 'informational',
    tests: [],
  };
}

function figuresOf(
  rule: BaselineRule,
  observations: readonly Signal[],
  wanted: FigureWanted,
): WindowFigure[] {
  const sums = new Map<string, { entity: string; count: number; sum: number; values: Set<string> }>();
  for (const observation of observations) {
    const entity = keyOf(rule, observation);
    if (entity === undefined) continue;
    const at = `${Math.floor(observation.end / wanted.window)} ${entity}`;
    const known = sums.get(at) ?? { entity, count: 0, sum: 0, values: new Set<string>() };
    sums.set(at, known);
    known.count++;
    const value = wanted.field === undefined ? undefined : observation.values.get(wanted.field);
    if (value === undefined || value === null) continue;
    known.values.add(String(value).toLowerCase());
    known.sum += Number.isFinite(Number(value)) ? Number(value) : 0;
  }
  return [...sums.values()].map(({ entity, count, sum, values }) => ({
    entity,
    figure: wanted.type === 'event_count' ? count : wanted.type === 'value_count' ? values.size : sum,
  }));
}

function keyOf({ entity }: BaselineRule, { values }: Signal): string | undefined {
  const parts = entity.key.map((field) => values.get(field));
  return parts.some((part) => part === undefined || part === null || part === '')
    ? undefined
    : parts.map((part) => String(part).toLowerCase()).join('\u0000');
}

function daysOf(observations: readonly Signal[]): number {
  return observations.length < 2 ? 0 : ((observations.at(-1)?.end ?? 0) - (observations[0]?.end ?? 0)) / DAY;
}

function namesOf(hits: readonly WindowFigure[]): string[] {
  const counts = new Map<string, number>();
  for (const { entity } of hits) counts.set(entity, (counts.get(entity) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 5)
    .map(([entity, many]) => `${entity.replaceAll('\u0000', ' / ')}, ${many} times in the recording`);
}

/** An id that is the same each time the rule is generated. */
function idOf(seed: string): string {
  const hex = sha256(seed);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function write(
  terminal: Terminal,
  given: {
    readonly recording: Recording;
    readonly proposal: Proposal;
    readonly out: string;
    readonly own: readonly Signal[];
  },
): Promise<ExitCode> {
  const { recording, proposal, out, own } = given;
  const [events, rule] = proposal.documents;
  if (events === undefined || rule === undefined) return EXIT.clean;
  const draft = writeDocuments(proposal.documents.map(withoutEmpty));
  const compiled = compileRuleset([{ path: proposal.file, text: draft }]);
  if (compiled.broken) return refuse(terminal, compiled.diagnostics);
  const { RecordingStages } = await import('../pipeline/index.ts');
  const stages = new RecordingStages(compiled.ruleset, { until: 'signals' });
  const first = own[0]?.end ?? 0;
  const signals = await recording.replay(compiled.ruleset);
  stages.take(signals.filter(({ end }) => end >= first));
  const fired = stages.finish().signals.filter((signal) => signal.rule.kind === 'correlation');
  const measured = alarmRate(fired.length, daysOf(own));
  const words = ({ perDay, low, high }: AlarmRate): string => `${perDay} a day (95 %: ${low}–${high})`;
  const text = writeDocuments(
    [
      events,
      {
        title: rule['title'],
        description: `Proposed from what was learnt. Predicted alarms: ${words(proposal.predicted)}; measured in a replay of ${measured.days} days: ${words(measured)}.`,
        ...rule,
        falsepositives: proposal.named.length === 0 ? ['Nobody in the recording'] : proposal.named,
      },
    ].map(withoutEmpty),
  );
  const path = join(out, proposal.file);
  const basePath = join(out, '.generated', proposal.file);
  try {
    await mkdir(dirname(basePath), { recursive: true });
    const [before, hand] = await Promise.all([textOf(basePath), textOf(path)]);
    const merged = hand === undefined ? { text, conflicts: 0 } : mergeThreeWay(before ?? hand, hand, text);
    await writeFile(path, merged.text);
    await writeFile(basePath, text);
    const kept = hand !== undefined && hand !== before ? '; hand edits kept' : '';
    const clash =
      merged.conflicts > 0 ? `; ${merged.conflicts} places changed on both sides, the hand's are kept` : '';
    terminal.say(
      `${path}: predicted ${words(proposal.predicted)}, measured ${words(measured)}${kept}${clash}`,
    );
    return EXIT.clean;
  } catch (thrown) {
    return refuse(terminal, [unwritable(path, thrown)]);
  }
}

function withoutEmpty(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(document).filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
  );
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
