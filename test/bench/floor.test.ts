/*
 * A floor under the speed of detection, in every run of the tests: what a scan costs over what JSON.parse or json-rules-engine costs, on the same bytes in the
 * same run. The bars stand in `bench:detect`; here the margins are wide, so that a loaded machine does not fail them, and a slow-down of all events by a half
 * does. Rounds take milliseconds, so the least of many is one that nobody interrupted, however busy the machine is.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DetectionRule } from '../../engine/model/index.ts';
import { compileRuleset } from '../../engine/pipeline/index.ts';
import { joinLines, linesOf } from '../conformance/recordings.ts';
import { rulesEngineOf, translated } from './rules-engine.ts';
import { compileRules, engineOn, parseLines, scanMemory } from './scanning.ts';

/** Rounds of each contender, by turns; the first ones warm up. */
const ROUNDS = 60;
/** Members that no rule asks for, as the events of a host have them, and how long they are. */
const UNASKED = 30;
const UNASKED_LENGTH = 66;
/** The same where only their bytes count, and events of it a round. */
const LONG_LENGTH = 1066;
const LONG_EVENTS = 40;
/** Rules that json-rules-engine is given at least, and events a round: one takes it a millisecond. */
const FEW_RULES = 5;
const FEW_EVENTS = 2;

const files = readdirSync('rules', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yml'))
  .sort()
  .map((name) => ({ path: join('rules', name), text: readFileSync(join('rules', name), 'utf8') }));
const compiled = compileRuleset(files);
/** Those on which nothing fires, as most events of a host: what a signal costs is none of the bytes' doing. */
const sample = silentLines([...linesOf(readFileSync('examples/intrusion.ndjson'))]);
const wide = widened(sample, UNASKED_LENGTH);

function widened(lines: readonly Uint8Array[], length: number): readonly Uint8Array[] {
  return lines.map((line) => {
    const record = JSON.parse(new TextDecoder().decode(line)) as Record<string, unknown>;
    const more = Array.from({ length: UNASKED }, (_, i) => [`Unasked${i}`, 'w'.repeat(length)]);
    return new TextEncoder().encode(JSON.stringify({ ...record, ...Object.fromEntries(more) }));
  });
}

function silentLines(lines: readonly Uint8Array[]): readonly Uint8Array[] {
  const engine = engineOn(compiled.ruleset);
  return lines.filter((line) => scanMemory(engine, line) === 0);
}

/** The least that a round of each took, in milliseconds. */
async function least(contenders: readonly (() => unknown)[]): Promise<readonly number[]> {
  const found = contenders.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, run] of contenders.entries()) {
      const started = performance.now();
      await run();
      found[i] = Math.min(found[i] ?? 0, performance.now() - started);
    }
  }
  return found;
}

describe('the floor under the speed of detection', () => {
  for (const { name, lines, most } of [
    { name: 'our sample recording', lines: sample, most: 2.7 },
    { name: 'the same with members that no rule asks for', lines: wide, most: 1.8 },
  ]) {
    test(`${name} costs at most ${most} times what JSON.parse costs`, async () => {
      const bytes = joinLines(lines);
      const buffer = Buffer.from(bytes);
      const engine = engineOn(compiled.ruleset);
      expect(lines.length).toBeGreaterThan(100);
      const [scan = 0, parse = 1] = await least([() => scanMemory(engine, bytes), () => parseLines(buffer)]);
      console.info(`floor, ${name}: ${(scan / parse).toFixed(2)} × JSON.parse`);
      expect(scan / parse).toBeLessThan(most);
    });
  }

  test('a byte that no rule asks for costs at most a third of what it costs JSON.parse', async () => {
    const few = sample.slice(0, LONG_EVENTS);
    const short = Buffer.from(joinLines(widened(few, UNASKED_LENGTH)));
    const long = Buffer.from(joinLines(widened(few, LONG_LENGTH)));
    const engine = engineOn(compiled.ruleset);
    const [scanShort = 0, scanLong = 0, parseShort = 0, parseLong = 0] = await least([
      () => scanMemory(engine, short),
      () => scanMemory(engine, long),
      () => parseLines(short),
      () => parseLines(long),
    ]);
    const times = (scanLong - scanShort) / (parseLong - parseShort);
    const nanoseconds = ((scanLong - scanShort) * 1e6) / (long.length - short.length);
    console.info(`floor, a byte more: ${times.toFixed(2)} × JSON.parse (${nanoseconds.toFixed(2)} ns)`);
    expect(times).toBeLessThan(1 / 3);
  });

  test('a few rules cost a fraction of what they cost json-rules-engine', async () => {
    const rules: readonly DetectionRule[] = compiled.ruleset.detections.filter(
      ({ logsource: { product, category }, expression }) =>
        product === 'windows' && category === 'process_creation' && translated(expression) !== undefined,
    );
    expect(rules.length).toBeGreaterThanOrEqual(FEW_RULES);
    const theirs = rulesEngineOf(rules);
    const own = engineOn(compileRules(compiled, rules));
    const bytes = joinLines(wide);
    const objects = wide
      .slice(0, FEW_EVENTS)
      .map((line) => JSON.parse(new TextDecoder().decode(line)) as Record<string, unknown>);
    const [scan = 0, run = 1] = await least([
      () => scanMemory(own, bytes),
      async () => {
        for (const facts of objects) await theirs.run(facts);
      },
    ]);
    const times = run / FEW_EVENTS / (scan / wide.length);
    console.info(`floor, ${rules.length} rules: ${times.toFixed(0)} times json-rules-engine`);
    expect(times).toBeGreaterThan(40);
  });
});
