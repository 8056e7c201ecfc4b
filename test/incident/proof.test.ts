import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IncidentBuilder, proofOf, type Sighting, standingOf } from '../../engine/incident/index.ts';
import { type Entity, eventTime } from '../../engine/model/index.ts';
import { makeProof, PROOF_SCHEMA, proofText, readProof, verifyProof } from '../../engine/pipeline/index.ts';
import '../support/seed.ts';

const MINUTE = 60_000_000;
const START = 1_767_571_200_000_000;

function sighting(
  rule: string,
  minute: number,
  of: { readonly entities: readonly Entity[]; readonly tactics?: readonly string[] },
): Sighting {
  const names = of.entities.map(({ type, value }) => `${type}:${value}`).join(' ');
  const time = START + minute * MINUTE;
  return {
    id: `${rule} ${minute} ${names}`,
    alert: `${rule} ${names}`,
    rule: {
      kind: 'detection',
      id: rule,
      title: rule,
      version: 1,
      level: 'medium',
      confidence: 0.5,
      tags: [],
      hash: rule,
    },
    time: eventTime(time),
    at: time,
    timeNs: 0,
    entities: of.entities,
    tactics: of.tactics ?? [],
    severity: 'medium',
    confidence: 0.5,
    score: 25,
  };
}

const host = (value: string): Entity => ({ type: 'host', role: 'target', value });
const user = (value: string): Entity => ({ type: 'user', role: 'actor', value });

/** Three days of what is usual, then an attack by one account over several machines, among what goes on. */
function stream(attack: readonly (readonly [rule: number, machine: number, minute: number])[]): Sighting[] {
  const out: Sighting[] = [];
  for (let minute = 0; minute < 3 * 24 * 60; minute += 20) {
    const machine = `m${(minute / 20) % 5}`;
    out.push(sighting(`usual ${(minute / 20) % 3}`, minute, { entities: [host(machine), user('ann')] }));
  }
  for (const [rule, machine, minute] of attack) {
    const entities = [host(`m${machine}`), user('mallory')];
    out.push(
      sighting(`odd ${rule}`, 2 * 24 * 60 + 300 + minute, { entities, tactics: TACTICS[rule % 4] ?? [] }),
    );
  }
  return out;
}

const TACTICS = [['execution'], ['persistence'], ['discovery'], []];

describe('proofs', () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  const validate = ajv.compile(PROOF_SCHEMA);
  let proven = 0;

  test('of incidents in random streams fire again from their text alone, to the last digit, and by nothing less', () => {
    const step = fc.tuple(fc.nat(9), fc.nat(4), fc.nat(80));
    const law = fc.property(fc.array(step, { minLength: 3, maxLength: 14 }), (attack) => {
      const builder = new IncidentBuilder();
      for (const one of stream(attack)) builder.accept(one);
      builder.finish();
      const last = new Map(builder.take().map((incident) => [incident.id, incident]));
      for (const incident of last.values()) {
        if (incident.state === 'redirected') continue;
        const found = proofOf(builder, incident.id);
        if ('reason' in found) throw new Error(`${incident.id}: ${found.reason}`);
        expect(found.least).toBe(true);
        const made = makeProof({ ...found, incident, ruleset: 'none', policies: [] });
        if (made === undefined) throw new Error('its pieces do not stand');
        const text = proofText(made);
        validate(JSON.parse(text));
        expect(validate.errors ?? []).toEqual([]);
        const read = readProof(text);
        if (!('incident' in read)) throw new Error(read.reason);
        expect(verifyProof(read).differences).toEqual([]);
        proven++;
      }
    });
    fc.assert(law, { numRuns: 60 });
    // A property over no incident would hold, too.
    expect(proven).toBeGreaterThan(30);
  });

  test('weigh each signal as it was weighed among all others', () => {
    let compared = 0;
    const step = fc.tuple(fc.nat(9), fc.nat(4), fc.nat(400));
    const law = fc.property(fc.array(step, { minLength: 3, maxLength: 20 }), (attack) => {
      const builder = new IncidentBuilder();
      for (const one of stream(attack)) builder.accept(one);
      builder.finish();
      for (const id of new Set(builder.take().map((incident) => incident.id))) {
        const found = proofOf(builder, id);
        if ('reason' in found) continue;
        const { pieces, together, settings } = found.content;
        const pasts = new Map(
          pieces.flatMap(({ sighting: { id: signal }, past }) =>
            past === null ? [] : [[signal, past] as const],
          ),
        );
        const replay = new IncidentBuilder({ settings, recall: { pasts, together } });
        for (const { sighting: one } of pieces) replay.accept(one);
        replay.finish();
        const were = new Map(builder.caseOf(id)?.notables.map((one) => [one.sighting.id, one]));
        for (const { sighting: one, surprise, declared, past } of replay.caseOf(id)?.notables ?? []) {
          const was = were.get(one.id);
          expect({ surprise, declared, past }).toEqual({
            surprise: was?.surprise,
            declared: was?.declared,
            past: { ...was?.past, entitiesTotal: past?.entitiesTotal },
          });
          compared++;
        }
      }
    });
    fc.assert(law, { numRuns: 40 });
    expect(compared).toBeGreaterThan(50);
  });

  test('rest on the past that their signals bring: with another one the incident does not stand', () => {
    const builder = new IncidentBuilder();
    for (const one of stream([0, 1, 2, 4, 5, 6].map((rule, i) => [rule, i % 5, i * 5]))) builder.accept(one);
    builder.finish();
    const [incident] = builder.take();
    const found = proofOf(builder, incident?.id ?? '');
    if ('reason' in found) throw new Error(found.reason);
    const { content } = found;
    expect(standingOf(content).stands).toBe(true);
    const usual = content.pieces.map((piece) => ({ ...piece, past: null }));
    expect(standingOf(content, usual).stands).toBe(false);
    const common = content.pieces.map((piece) =>
      piece.past === null
        ? piece
        : {
            ...piece,
            past: {
              ...piece.past,
              rule: { subjects: 900, episodes: 9000, arrivals: { ...piece.past.novelty, count: 900 } },
              novelty: { ...piece.past.novelty, count: 900 },
            },
          },
    );
    expect(standingOf(content, common).stands).toBe(false);
  });
});
