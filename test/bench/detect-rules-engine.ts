import type { DetectionRule } from '../../engine/model/index.ts';
import type { Engine } from '../../engine/pipeline/index.ts';
import { newTally, scanLines } from '../../engine/runtime/index.ts';
import { compilePublicSet } from '../conformance/public-set.ts';
import { joinLines, linesOf, windowsHosts } from '../conformance/recordings.ts';
import { satisfying } from '../conformance/satisfying.ts';
import type { Bar } from './bars.ts';
import type { PartInput, PartResult } from './detect.ts';
import { interleaved, ratios, timingOf } from './measure.ts';
import { say, short } from './report.ts';
import { rulesEngineOf, translated } from './rules-engine.ts';
import { compileRules, engineOn, scanMemory, someRules } from './scanning.ts';

/** By number of rules: how many events json-rules-engine is given a round, so that it ends within seconds. */
const SIZES: readonly { readonly rules: number; readonly events: number; readonly bar: number }[] = [
  { rules: 10, events: 400, bar: 100 },
  { rules: 100, events: 100, bar: 1000 },
  { rules: 1000, events: 12, bar: 2000 },
];
/** Records made from rules on which the results are compared, too. */
const MADE = 20;
const CREATION = { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Hostname: 'H' };
/** Events that Telltale is given a round: the recordings' own over and over, so that its rounds are no shorter than can be timed. */
const OWN_EVENTS = 20_000;

/**
 * The same rules and events in json-rules-engine and here. Telltale reads bytes; json-rules-engine is given parsed objects, and of the same
 * events an even selection. What each finds on that selection,
 * and on records made from the rules, is compared first.
 */
export async function benchRulesEngine({ data, runs }: PartInput): Promise<PartResult> {
  const base = compilePublicSet(data);
  const usable = base.ruleset.detections.filter(isComparable);
  const recorded = windowsHosts(data).flatMap(({ bytes }) => [...linesOf(bytes)].filter(isSysmonCreation));
  const events = Array.from(
    { length: OWN_EVENTS },
    (_, i) => recorded[i % recorded.length] ?? new Uint8Array(0),
  );
  const rows: (readonly string[])[] = [];
  const bars: Bar[] = [];
  const results: Record<string, unknown> = {};
  for (const size of SIZES) {
    if (usable.length < size.rules) throw new Error(`only ${usable.length} rules can be translated`);
    const rules = someRules(usable, size.rules);
    const theirs = rulesEngineOf(rules);
    const own = engineOn(compileRules(base, rules));
    const sample = Array.from(
      { length: size.events },
      (_, i) => recorded[Math.floor((i * recorded.length) / size.events)] ?? new Uint8Array(0),
    );
    const objects = sample.map(
      (line) => JSON.parse(new TextDecoder().decode(line)) as Record<string, unknown>,
    );
    const wanted: string[] = [];
    const checked = [...objects, ...madeFrom(rules)];
    for (const [i, facts] of checked.entries()) {
      const found = await theirs.run(facts);
      for (const { type } of found.events) wanted.push(`${i} ${type}`);
    }
    const got = hitsOf(
      own,
      checked.map((record) => new TextEncoder().encode(JSON.stringify(record))),
    );
    if (wanted.sort().join() !== got.sort().join())
      throw new Error(`void: json-rules-engine finds ${wanted.join()}, Telltale ${got.join()}`);
    const all = joinLines(events);
    const parsed: unknown[] = events.map((line) => JSON.parse(new TextDecoder().decode(line)));
    const timings = await interleaved(
      [
        {
          name: 'theirs',
          run: async () => {
            for (const facts of objects) await theirs.run(facts);
          },
        },
        { name: 'own', run: () => void scanMemory(own, all) },
        {
          name: 'objects',
          run: () => {
            for (const record of parsed) own.processRecord(record);
          },
        },
      ],
      runs,
    );
    const perEvent = (name: string, count: number): number[] =>
      timingOf(timings, name).walls.map((seconds) => seconds / count);
    const times = ratios(perEvent('theirs', objects.length), perEvent('own', events.length));
    const onObjects = ratios(perEvent('theirs', objects.length), perEvent('objects', events.length));
    const theirRate = objects.length / timingOf(timings, 'theirs').wall.median;
    const ownRate = events.length / timingOf(timings, 'own').wall.median;
    say(`${size.rules} rules: ${short(times.median)} times`);
    bars.push({ name: `${size.rules} rules, times json-rules-engine`, seen: times.median, least: size.bar });
    results[size.rules] = {
      events_per_second: ownRate,
      json_rules_engine_events_per_second: theirRate,
      times: times.median,
      spread: times,
      times_on_objects: onObjects.median,
      spread_on_objects: onObjects,
      bar: size.bar,
      same_hits: wanted.length,
    };
    rows.push([
      String(size.rules),
      short(theirRate),
      short(ownRate),
      `${short(times.median)} (${short(times.min)}–${short(times.max)})`,
      `${short(onObjects.median)} (${short(onObjects.min)}–${short(onObjects.max)})`,
      String(size.bar),
      String(wanted.length),
    ]);
  }
  return {
    result: { json_rules_engine: results },
    bars,
    tables: [
      {
        title: 'json-rules-engine, the same rules and events',
        head: [
          'rules',
          'its events/s',
          "Telltale's events/s",
          'times (min–max)',
          'times, both on objects',
          'bar',
          'hits, the same',
        ],
        rows,
        notes: [
          `${recorded.length} process creations of Sysmon (Telltale: ${OWN_EVENTS} a round, the same again); ${usable.length} public rules for them hold nothing but comparisons of text. json-rules-engine is given parsed objects, Telltale bytes; and once more, parsed objects as well.`,
        ],
      },
    ],
  };
}

/** Records on which rules hold, made from an even selection of them: without them, agreement would be agreement on silence. */
function madeFrom(rules: readonly DetectionRule[]): Record<string, unknown>[] {
  return someRules(rules, MADE).flatMap((rule) => {
    const made = satisfying(rule);
    return made === undefined ? [] : [{ ...CREATION, ...made }];
  });
}

function isComparable(rule: DetectionRule): boolean {
  const { product, category, service } = rule.logsource;
  return (
    product === 'windows' &&
    category === 'process_creation' &&
    service === undefined &&
    translated(rule.expression) !== undefined
  );
}

function isSysmonCreation(line: Uint8Array): boolean {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
  return text.includes('"Microsoft-Windows-Sysmon/Operational"') && /"EventID":\s*1[,}]/.test(text);
}

function hitsOf(engine: Engine, lines: readonly Uint8Array[]): string[] {
  const tally = newTally();
  scanLines(engine, { bytes: joinLines(lines), file: 'sample', line: 1 }, tally);
  return tally.signals.map(({ rule, evidence }) => `${(evidence[0]?.line ?? 0) - 1} ${rule.id}`);
}
