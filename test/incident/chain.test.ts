import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IncidentBuilder, type Sighting } from '../../engine/incident/index.ts';
import { type Entity, eventTime, type Severity } from '../../engine/model/index.ts';
import { compileRuleset } from '../../engine/pipeline/index.ts';

const FILE = 'correlations/incidents/attack_along_the_chain_on_host.yml';
const path = join(resolve(import.meta.dirname, '..', '..'), FILE);
const { ruleset } = compileRuleset([{ path, text: readFileSync(path, 'utf8') }]);

const SECOND = 1_000_000;
const START = 1_767_571_200 * SECOND;
const HOST: Entity = { type: 'host', role: 'target', value: 'pc1' };
const ALICE: Entity = { type: 'user', role: 'actor', value: 'alice' };
const PROCESS: Entity = { type: 'process', role: 'actor', value: '19de6d3b-0001' };
const STAGES = ['initial-access', 'execution', 'persistence', 'credential-access', 'exfiltration'];

function sighting(
  rule: string,
  second: number,
  given: {
    readonly tactic: string;
    readonly entities: readonly Entity[];
    readonly severity: Severity;
    readonly confidence: number;
  },
): Sighting {
  const { tactic, entities, severity, confidence } = given;
  const time = START + second * SECOND;
  return {
    id: `${rule} ${second}`,
    alert: rule,
    rule: {
      kind: 'detection',
      id: rule,
      title: rule,
      version: 1,
      level: 'medium',
      confidence,
      tags: [],
      hash: rule,
    },
    time: eventTime(time),
    at: time,
    timeNs: 0,
    entities,
    tactics: [tactic],
    severity,
    confidence,
    score: confidence * 100,
  };
}

/** What a process does, told by rules that are sure; in other stages, for a chain takes the first alert of each. */
const course = ['discovery', 'collection'].map((tactic, n) =>
  sighting(`course ${tactic}`, n, {
    tactic,
    entities: [PROCESS, HOST, ALICE],
    severity: 'high',
    confidence: 0.8,
  }),
);

/** Alerts along the chain that name no process, by rules that are hardly sure: too little for a case of their own. */
function plain(entities: readonly Entity[]): Sighting[] {
  return chainOf(entities, 61);
}

/** The same, so many seconds from one to the next. */
function chainOf(entities: readonly Entity[], apart: number): Sighting[] {
  return STAGES.map((tactic, n) =>
    sighting(`plain ${tactic}`, 10 + n * apart, { tactic, entities, severity: 'low', confidence: 0.05 }),
  );
}

function shown(sightings: readonly Sighting[]): readonly string[] {
  const builder = new IncidentBuilder({ templates: ruleset.templates });
  for (const one of sightings) builder.accept(one);
  builder.finish();
  const last = new Map(builder.take().map((incident) => [incident.id, incident]));
  return [...last.values()]
    .filter(({ state }) => state !== 'redirected' && state !== 'retracted')
    .map(({ template }) => template ?? 'evidence');
}

describe('a chain of whatever alerts there are on a host', () => {
  test.each([
    {
      name: 'is an incident where nothing else is told of it',
      given: plain([HOST, ALICE]),
      expect: [ruleset.templates[0]?.meta.id],
    },
    {
      name: 'is none where one script may have taken all steps: they came within a minute',
      given: chainOf([HOST, ALICE], 10),
      expect: [],
    },
    {
      name: 'is none over two moments only',
      given: chainOf([HOST, ALICE], 25),
      expect: [],
    },
    {
      name: 'is none beside an incident around which it is shown: another log tells the same',
      given: [...course, ...plain([HOST, ALICE])],
      expect: ['evidence'],
    },
    {
      name: 'is one of its own where it is about somebody else',
      given: [...course, ...plain([HOST, { ...ALICE, value: 'bob' }])],
      expect: ['evidence', ruleset.templates[0]?.meta.id],
    },
  ])('$name', ({ given, expect: wanted }) => {
    expect(shown(given)).toEqual(wanted);
  });
});
