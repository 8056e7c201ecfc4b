import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Detector, EVENT_LIMITS } from '../../engine/detect/index.ts';
import { createSchemas } from '../../engine/ingest/index.ts';
import { compileRuleset, type Ruleset } from '../../engine/pipeline/index.ts';
import { hostileEvents } from '../bench/hostile-events.ts';
import { compilePublicSet } from '../conformance/public-set.ts';
import { dataDirOrSay } from '../support/data.ts';
import { detectHeld } from '../support/held-bytes.ts';

/**
 * What any event may cost, counted in steps and not in time: at most so many for each byte of its record and each rule, and the budget of
 * searching tests. Each byte may be looked at once for every length of gram (four), in the field, in keywords and in a second look at lists,
 * and may end a pattern that is compared.
 */
const STEPS_A_BYTE = 40;
const STEPS_A_RULE = 4;
/** Beyond the size up to which nothing is limited, so that both ways are taken: smaller events are never limited. */
const SIZES = [24 * 1024, 160 * 1024] as const;

function stepsOfAll(ruleset: Ruleset, bodyBytes: number): { tooMany: string[]; events: number; cut: number } {
  const schemas = createSchemas().value;
  if (schemas === undefined) throw new Error('no schemas');
  const detector = new Detector(ruleset.plan, schemas);
  const tooMany: string[] = [];
  let events = 0;
  let cut = 0;
  for (const { name, json } of hostileEvents(ruleset.detections, bodyBytes)) {
    // What each expression nearly matches stands in other events too; here every tenth is enough.
    if (/expression \d*[1-9] nearly/.test(name)) continue;
    const bytes = new TextEncoder().encode(json);
    const { steps } = detector;
    const status = detectHeld(detector, bytes);
    const taken = detector.steps - steps;
    const allowed =
      STEPS_A_BYTE * bytes.length + STEPS_A_RULE * ruleset.plan.rules.length + EVENT_LIMITS.stepsMax;
    if (taken > allowed) tooMany.push(`${name}: ${taken} steps for ${bytes.length} bytes (${status})`);
    if (detector.undecidedCount > 0) cut++;
    events++;
  }
  return { tooMany, events, cut };
}

function shippedRules(): Ruleset {
  const root = join(import.meta.dirname, '..', '..', 'rules');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yml') && !path.endsWith('.test.yml'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
  return compileRuleset(files).ruleset;
}

describe('no event costs more than its bytes and the rules account for', () => {
  test.each(SIZES)('with the shipped rules, %i bytes', (size) => {
    const { tooMany, events, cut } = stepsOfAll(shippedRules(), size);
    expect(tooMany).toEqual([]);
    expect(events).toBeGreaterThan(400);
    if (size <= EVENT_LIMITS.unlimitedBytes / 2) expect(cut).toBe(0);
  });

  const data = dataDirOrSay('hostile events against the public rules');
  test.skipIf(data === undefined)('with the public rules', () => {
    const { ruleset } = compilePublicSet(data ?? '');
    expect(stepsOfAll(ruleset, SIZES[1]).tooMany).toEqual([]);
  });
});
