import { describe, expect, test } from 'vitest';
import { Schemas } from '../../engine/ingest/index.ts';
import { compileRuleset } from '../../engine/pipeline/index.ts';
import { publicRules } from '../language/public-rules.ts';
import { dataDirOrSay } from '../support/data.ts';
import { Agreement, builtInSchemas, withoutLogsource } from './agreement.ts';
import { compilePublicSet, MORE_THAN_COUNTED, outcomeOf, publicRuleFiles } from './public-set.ts';
import { cloudtrail, linesOf, regressions, windowsHosts } from './recordings.ts';
import { satisfying } from './satisfying.ts';

/**
 * The public Sigma rule set on public recordings: what loads, what fires, and that the compiled detector finds what the reference evaluator
 * finds. Of the large recordings a fixed sample is compared here; `npm run bench:sigma` compares every line.
 */

const data = dataDirOrSay('conformance with the public Sigma rules and recordings');
/** Of the lines of the large recordings, one in so many. */
const SAMPLE = 20;

describe.skipIf(data === undefined)('the public Sigma rules', () => {
  const folder = data ?? '';
  const compiled = data === undefined ? compileRuleset([]) : compilePublicSet(folder);
  const agreement = new Agreement(compiled.ruleset.detections, builtInSchemas());

  test('every file compiles or is refused for a reason that stands in it', () => {
    const outcome = outcomeOf(publicRuleFiles(folder));
    expect(outcome.unjustified).toEqual([]);
    expect(outcome.silent).toEqual([]);
    expect(outcome).toMatchObject({ files: 3777, compiled: 3752, refused: { TT1205: 25 } });
  });

  test('with values for the placeholders every file compiles', () => {
    const files = publicRuleFiles(folder);
    const names = files.flatMap(({ text }) => [...text.matchAll(/%([^%\s]+)%/g)].map((m) => m[1] ?? ''));
    const { ruleset, diagnostics } = compileRuleset(files, {
      placeholders: new Map(names.map((name) => [name, [`${name}-1`, `${name}-2`]])),
    });
    expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    expect(ruleset.plan.rules.length).toBe(3777);
  });

  test('of the unsupported ones each compiles, or is refused as a legacy aggregation or for its condition', () => {
    const outcome = outcomeOf(publicRules(folder, 'unsupported'));
    expect(outcome.unjustified).toEqual([]);
    expect(outcome.silent).toEqual([]);
    expect(outcome).toMatchObject({ files: 87, compiled: 29, refused: { TT1305: 54, TT1301: 4 } });
  });

  test('every regression recording fires its rule, as often as its authors say', () => {
    const all = regressions(folder);
    const wrong = all.flatMap(({ name, ruleId, lines, matchCount }) => {
      const hits = lines.filter((line) =>
        agreement.check(line).some((position) => agreement.rules[position]?.meta.id === ruleId),
      ).length;
      const wanted = MORE_THAN_COUNTED.get(ruleId) ?? matchCount;
      return (wanted === undefined ? hits > 0 : hits === wanted) ? [] : [{ name, hits, wanted }];
    });
    expect(all.length).toBe(101);
    expect(wrong).toEqual([]);
    expect(agreement.differences).toEqual([]);
  });

  test('compiled and reference agree on the CloudTrail recordings', () => {
    const before = { ...agreement.count };
    for (const { bytes } of cloudtrail(folder)) for (const line of linesOf(bytes)) agreement.check(line);
    expect(agreement.differences).toEqual([]);
    expect(agreement.count.events - before.events).toBeGreaterThan(3000);
    expect(agreement.count.hits - before.hits).toBeGreaterThan(100);
  });

  test('compiled and reference agree on a sample of the Windows recordings', () => {
    const before = { ...agreement.count };
    for (const { bytes } of windowsHosts(folder))
      for (const line of linesOf(bytes, SAMPLE)) agreement.check(line);
    expect(agreement.differences).toEqual([]);
    expect(agreement.count.events - before.events).toBeGreaterThan(3000);
    expect(agreement.count.hits - before.hits).toBeGreaterThan(20);
  });

  test('each rule fires on a record made from it, and compiled and reference agree when all rules look', () => {
    const blind = new Agreement(withoutLogsource(compiled.ruleset.detections), new Schemas([], 'any'));
    const made = blind.rules.flatMap((rule, position) => {
      const record = satisfying(rule);
      return record === undefined ? [] : [{ position, record }];
    });
    // The maker does not find a way through every rule; a handful may be left.
    expect(made.length).toBeGreaterThan(blind.rules.length - 10);
    const silent = made.flatMap(({ position, record }, i) => {
      const line = new TextEncoder().encode(JSON.stringify(record));
      const hits = i % SAMPLE === 0 ? blind.check(line) : blind.compiled(line);
      return hits.includes(position) ? [] : [blind.rules[position]?.meta.title];
    });
    expect(silent).toEqual([]);
    expect(blind.differences).toEqual([]);
  });
});
