import { describe, expect, test } from 'vitest';
import { createSchemas } from '../../engine/ingest/index.ts';
import { alertRecord, type Changes, eventTime, incidentRecord } from '../../engine/model/index.ts';
import { compileRuleset, Engine, incidentStage, LiveCases } from '../../engine/pipeline/index.ts';
import { detectBatch, JournaledStages, nativeDigest, type StateRow } from '../../engine/runtime/index.ts';
import { seedOf } from '../fuzz/random.ts';
import { CHAOS_RULES, makeStream } from './stream.ts';

const LATENESS = 600_000_000;
const { ruleset } = compileRuleset([{ path: 'chaos.yml', text: CHAOS_RULES }]);

function detections(seed: number) {
  const { batches, closing } = makeStream(seed, { batches: 40 });
  const schemas = createSchemas({ unknownLogsource: { product: 'chaos' } }).value;
  if (schemas === undefined) throw new Error('the schemas cannot be made');
  const engine = new Engine(ruleset, { digest: nativeDigest, schemas });
  return [...batches, closing].map(({ bytes }) =>
    detectBatch(engine, {
      source: 'http',
      bytes: new Uint8Array(bytes),
      file: 'http',
      line: 1,
      receivedAt: 1_800_000_000_000_000,
    }),
  );
}

/** Every revision that comes out where the stages are made anew behind batches, from what was committed. */
function revisions(
  found: ReturnType<typeof detections>,
  restart: (batch: number) => 'no' | 'journal' | 'snapshot',
): readonly string[] {
  const rows = new Map<string, Uint8Array>();
  const store = {
    *state() {
      for (const [key, bytes] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) yield { key, bytes };
    },
  };
  const make = (saved?: Uint8Array): LiveCases | undefined =>
    LiveCases.start(ruleset, { incidents: incidentStage(ruleset), hashSeed: 1 }, saved);
  const commit = (changed: readonly StateRow[]): void => {
    for (const { key, bytes } of changed) {
      if (bytes === undefined) rows.delete(key);
      else rows.set(key, bytes);
    }
  };
  let { stages } = JournaledStages.recover(store, make);
  const out: string[] = [];
  const tell = ({ alerts, incidents }: Changes): void => {
    for (const alert of alerts) out.push(JSON.stringify(alertRecord(alert)));
    for (const incident of incidents) out.push(JSON.stringify(incidentRecord(incident)));
  };
  let newest = 0;
  for (const [i, { signals, newest: time = 0 }] of found.entries()) {
    stages.take(signals);
    newest = Math.max(newest, time);
    tell(stages.advanceTo(eventTime(newest - LATENESS)));
    const how = restart(i);
    if (how === 'snapshot') stages.renew();
    commit(stages.drain());
    if (how !== 'no') stages = JournaledStages.recover(store, make).stages;
  }
  return out;
}

describe('stages that are made anew from what was committed', () => {
  // With the last one, incidents once forgot what was around them when they were restored twice.
  test.each([
    1,
    2,
    seedOf(20_261_124, 'kills', 0),
  ])('say the same as those that were not, stream %i', (seed) => {
    const found = detections(seed);
    const whole = revisions(found, () => 'no');
    expect(whole.length).toBeGreaterThan(60);
    expect(revisions(found, () => 'journal')).toEqual(whole);
    expect(revisions(found, () => 'snapshot')).toEqual(whole);
    expect(revisions(found, (i) => (i % 3 === 0 ? 'snapshot' : 'journal'))).toEqual(whole);
  });
});
