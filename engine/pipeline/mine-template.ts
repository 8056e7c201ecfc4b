import {
  type Duration,
  duration,
  formatDuration,
  formatTime,
  LEVELS,
  type RuleRef,
  sha256,
} from '../model/index.ts';
import type { MinedPattern, PatternSighting } from './mine.ts';

/** An incident template as a document, ready to be written as YAML, and the name of its file. */
export interface MinedTemplate {
  readonly file: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** What a proposal says of the recording it comes from. */
export interface MinedFrom {
  readonly window: Duration;
  readonly lookedAt: number;
}

/** Sightings that tests are made of. */
const TESTS_MAX = 2;
const NAME_MAX = 40;
const SECOND = 1_000_000;

/**
 * An incident template for a pattern, with tests made of its sightings: each with the times between its parts, entities under names of our own, for
 * a rule goes where the names of a recording should not. Beside them two near misses: the last part about another entity, and, of a sequence, the parts
 * in the wrong order. It asks for a person's eye: level and confidence are those of its rules.
 */
export function minedTemplate(pattern: MinedPattern, { window, lookedAt }: MinedFrom): MinedTemplate {
  const { rules, entity, ordered, seen, expected, corrected, entities, sightings } = pattern;
  const names = partNames(rules);
  const id = uuidOf(`mined\n${entity}\n${ordered}\n${rules.map((rule) => rule.id).join('\n')}`);
  const name = `mined_${names.join('_then_')}`.slice(0, NAME_MAX * 2).replace(/_+$/, '');
  const titles = rules.map(({ title }) => title);
  const first = sightings[0]?.signals[0];
  const last = sightings.at(-1)?.signals.at(-1);
  const span =
    first === undefined || last === undefined
      ? ''
      : ` between ${formatTime(first.end)} and ${formatTime(last.end)}`;
  const times = `${seen} times on ${entities} of kind ${entity}${span}`;
  const level = rules.reduce((most, rule) => Math.max(most, LEVELS.indexOf(rule.level)), 0);
  return {
    file: `${name}-${id.slice(0, 8)}.yml`,
    document: {
      title: `${titles.join(ordered ? ', then ' : ' and ')}`,
      id,
      name: `${name}_${id.slice(0, 8)}`,
      version: 1,
      status: 'experimental',
      description: `Proposed from a recording: seen ${times}, where ${figure(expected)} were to be expected by chance (${figure(corrected)} after correction for ${lookedAt} patterns that were looked at). What comes together need not be an attack: look at the sightings before this goes live.`,
      falsepositives: ['Work that does both as a matter of course'],
      level: LEVELS[level] ?? 'medium',
      confidence: Math.max(...rules.map(({ confidence }) => confidence)),
      tags: [...new Set(rules.flatMap(({ tags }) => tags.filter((tag) => tag.startsWith('attack.'))))].sort(),
      incident: {
        shape: ordered ? 'sequence' : 'same_entity',
        timespan: formatDuration(duration(window * Math.max(1, rules.length - 1))),
        join: [entity],
        parts: rules.map((rule, i) => ({
          name: names[i],
          ...(isForeign(rule) ? { titles: [rule.title] } : { rules: [rule.name ?? rule.id] }),
          ...(ordered && i > 0 ? { within: formatDuration(window) } : {}),
        })),
        severity: 'medium',
        title: `{{${entity}}}: ${titles.join(ordered ? ', then ' : ' and ')}`,
      },
      tests: testsOf(pattern, names),
    },
  };
}

function testsOf({ rules, ordered, entity, sightings }: MinedPattern, names: readonly string[]): object[] {
  const chosen = sightings.slice(0, TESTS_MAX);
  const tests: object[] = chosen.map((sighting, i) => ({
    name: `as it was seen at ${formatTime(sighting.signals[0]?.end ?? (0 as never))}`,
    given: givenOf(rules, sighting, () => `${entity}:${entity}-${i + 1}`),
    expect: { incidents: [{ parts: names }] },
  }));
  const [one] = chosen;
  if (one === undefined) return tests;
  const final = rules.length - 1;
  tests.push({
    name: `the last of them is about another ${entity}`,
    given: givenOf(rules, one, (part) => `${entity}:${entity}-${part === final ? 2 : 1}`),
    expect: { incidents: 0 },
  });
  if (!ordered) return tests;
  const backwards = { ...one, signals: [...one.signals].reverse() };
  tests.push({
    name: 'the other way round it is another story',
    given: givenOf([...rules].reverse(), mirrored(backwards), () => `${entity}:${entity}-1`),
    expect: { incidents: 0 },
  });
  return tests;
}

/** What arrives: each part so long after the first as it did, in whole seconds and never at once. */
function givenOf(
  rules: readonly RuleRef[],
  { signals }: Pick<PatternSighting, 'signals'>,
  entityOf: (part: number) => string,
): object[] {
  const start = signals[0]?.end ?? 0;
  let before = -SECOND;
  return rules.map((rule, part) => {
    const gap = Math.round(((signals[part]?.end ?? start) - start) / SECOND) * SECOND;
    const at = Math.max(gap, before + SECOND);
    before = at;
    return {
      ...(isForeign(rule)
        ? { alert: { title: rule.title, level: rule.level, tags: rule.tags, confidence: rule.confidence } }
        : { signal: rule.name ?? rule.id }),
      entities: [entityOf(part)],
      at: at === 0 ? '0s' : formatDuration(duration(at)),
    };
  });
}

/** The same gaps, seen from the end. */
function mirrored({ signals }: PatternSighting): Pick<PatternSighting, 'signals'> {
  const last = signals[0]?.end ?? 0;
  return { signals: signals.map((signal) => ({ ...signal, end: (last - signal.end) as typeof signal.end })) };
}

/** Rules that stand for those of another product: `product:name`. */
function isForeign({ id }: RuleRef): boolean {
  return id.includes(':');
}

/** A short name for each part, each another. */
function partNames(rules: readonly RuleRef[]): readonly string[] {
  const taken = new Set<string>();
  return rules.map(({ name, title }) => {
    const words = (name ?? title)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^[_0-9]+|_+$/g, '')
      .slice(0, NAME_MAX)
      .replace(/_+$/, '');
    const base = words === '' ? 'part' : words;
    let own = base;
    for (let n = 2; taken.has(own); n++) own = `${base}_${n}`;
    taken.add(own);
    return own;
  });
}

/** An id in the form of a UUID (version 8, RFC 9562): the same for the same pattern. */
function uuidOf(content: string): string {
  const hex = sha256(content);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Two significant digits, for people. */
function figure(value: number): string {
  if (value === 0) return 'less than 1e-300';
  return value < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}
