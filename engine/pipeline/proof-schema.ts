import { DEFAULT_SETTINGS, PIECE_USES } from '../incident/index.ts';
import {
  ENTITY_ROLES,
  ENTITY_TYPES,
  INCIDENT_SHAPES,
  INCIDENT_STATES,
  LEVELS,
  RULE_KINDS,
  SEVERITIES,
} from '../model/index.ts';
import type { Schema } from './schema-check.ts';

/** The version of proof files; another is refused. */
export const PROOF_VERSION = 1;

/** Every setting but the bounds. */
const SETTINGS = Object.keys(DEFAULT_SETTINGS).filter((name) => name !== 'limits');

const text = (description: string): Schema => ({ description, type: 'string' });
const count = (description: string): Schema => ({ description, type: 'integer', minimum: 0 });
const number = (description: string): Schema => ({ description, type: 'number' });
const share = (description: string): Schema => ({ description, type: 'number', minimum: 0, maximum: 1 });
const score = (description: string): Schema => ({ description, type: 'number', minimum: 0, maximum: 100 });
const time = (description: string): Schema => number(`${description} Microseconds since 1970, UTC.`);
const one = (description: string, values: readonly string[]): Schema => ({ description, enum: [...values] });
const list = (description: string, items: Schema): Schema => ({ description, type: 'array', items });
const texts = (description: string): Schema => list(description, { type: 'string' });

function map(
  description: string,
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  const properties = { ...required, ...optional };
  return {
    description,
    type: 'object',
    required: Object.keys(required),
    additionalProperties: false,
    properties,
  };
}

/** `null` where nothing was known. */
function orNothing(schema: Schema): Schema {
  return { oneOf: [{ const: null, description: 'Nothing was known.' }, schema] };
}

const RULE = {
  kind: one('The kind of rule.', RULE_KINDS),
  id: text('Its id.'),
  title: text('Its title.'),
  version: count('Its version.'),
  hash: text('A digest of what it does.'),
};

const FADING = map(
  'A count that is halved as time goes on, and what it was before the wave that is going on.',
  {
    count: number('The count.'),
    at: time('When it was right.'),
    before: number('The count before.'),
    beforeAt: time('When that was right.'),
  },
);

const COUNTS = list('Notable signals before, by whole bits of surprise.', { type: 'integer' });

const PAST = map('What was known just before the signal.', {
  start: time('When watching began.'),
  key: orNothing(
    map('The rule on this subject.', {
      episodes: count('Episodes that count as normal.'),
      sightings: count('Signals.'),
      first: time('The first.'),
      last: time('The latest.'),
      bucket: number('The five minutes it is in, counted from 1970.'),
      inBucket: count('Signals in these.'),
      bucketMost: count('The most there were in five minutes.'),
      gapMost: number('The longest time between two, microseconds.'),
      silentAt: time('When its silence is looked for; 0 where it is not.'),
    }),
  ),
  rule: orNothing(
    map('The rule anywhere.', {
      subjects: count('On how many subjects.'),
      episodes: count('In how many episodes.'),
      arrivals: FADING,
    }),
  ),
  novelty: FADING,
  entities: list('By entity of the signal.', { description: 'Its name, and the counts.', type: 'array' }),
  all: COUNTS,
  entitiesTotal: count('How many entities there were.'),
});

const SIGNAL = map(
  'The signal, with the figures of its alert at that moment.',
  {
    id: text('Its id.'),
    alert: text('The id of its alert.'),
    rule: map(
      'Its rule.',
      {
        ...RULE,
        level: one('The impact if it is true.', LEVELS),
        confidence: share('Its prior.'),
        tags: texts('Its tags.'),
      },
      { name: text('Its short name.') },
    ),
    time: time('When it happened.'),
    at: time('When it was decided.'),
    timeNs: { description: 'Nanoseconds below the microsecond.', type: 'integer', minimum: 0, maximum: 999 },
    entities: list(
      'What it is about.',
      map('An entity.', {
        type: one('What it is.', ENTITY_TYPES),
        value: text('Its name as logged.'),
        role: one('The part it plays.', ENTITY_ROLES),
      }),
    ),
    tactics: texts('ATT&CK tactics by short name.'),
    severity: one('Of its alert.', SEVERITIES),
    confidence: share('Of its alert.'),
    score: score('Of its alert.'),
  },
  {
    counter: share('What counter-evidence multiplied its score by.'),
    retracts: text('The signal that it takes back.'),
  },
);

const TERM = map('A step of the score.', {
  name: text('What it is called.'),
  operation: one('What it does.', ['set', 'multiply', 'add', 'cap']),
  value: number('By how much.'),
  after: number('The score after it.'),
  reason: text('Why.'),
});

const SELECTOR = map(
  'Which alerts.',
  {
    rules: texts('Rules.'),
    tags: texts('Tags.'),
    tactics: texts('Tactics.'),
    techniques: texts('Techniques.'),
    titles: texts('Titles.'),
    entities: texts('Entity types.'),
  },
  { level: one('At least.', LEVELS) },
);

const TEMPLATE = map(
  'The template whose shape they make, as it was read.',
  {
    kind: { description: 'What it is.', const: 'incident' },
    meta: {
      description: 'What every rule carries.',
      type: 'object',
      required: ['id', 'title', 'version', 'confidence', 'remediation', 'hash', 'source'],
      properties: {
        id: text('Its id.'),
        title: text('Its title.'),
        version: count('Its version.'),
        confidence: share('Its prior.'),
        remediation: texts('What to do.'),
        hash: text('A digest of what it does.'),
        source: { description: 'Where it stood.', type: 'object' },
      },
    },
    shape: one('Its shape.', INCIDENT_SHAPES),
    timespan: count('From the first alert to the last, microseconds.'),
    join: list(
      'Alternatives of what they share.',
      list(
        'Entity types.',
        map('A key.', { type: one('Its type.', ENTITY_TYPES) }, { role: text('Its role.') }),
      ),
    ),
    parts: list(
      'Its parts.',
      map(
        'A part.',
        {
          name: text('Its name.'),
          select: SELECTOR,
          times: count('How often.'),
          optional: { description: 'The shape holds without it.', type: 'boolean' },
        },
        { within: count('After the part before it, microseconds.') },
      ),
    ),
    minTactics: count('Tactics.'),
    minHosts: count('Hosts.'),
    minSources: count('Rules.'),
    counter: list(
      'What speaks against it.',
      map('A counter.', {
        select: SELECTOR,
        within: count('Microseconds.'),
        factor: share('What the confidence is multiplied by.'),
        reason: text('Why.'),
      }),
    ),
    severity: one('The least.', SEVERITIES),
    tests: { description: 'None.', type: 'array' },
  },
  { minParts: count('Parts.'), title: text('Its title, filled in.'), story: text('Its story, filled in.') },
);

const ANY_MAP = (description: string): Schema => ({ description, type: 'object' });

const GROUNDS = map('Of a policy: what it decided from, enough to decide the same again.', {
  policy: {
    description: 'The policy as it was read.',
    type: 'object',
    required: ['kind', 'meta', 'applies', 'priority', 'when', 'effect', 'tests'],
    properties: {
      kind: { description: 'What it is.', const: 'policy' },
      meta: {
        description: 'What every rule carries.',
        type: 'object',
        required: ['id', 'title', 'version', 'hash', 'source'],
        properties: {
          id: text('Its id.'),
          title: text('Its title.'),
          version: count('Its version.'),
          hash: text('A digest of what it does.'),
          source: ANY_MAP('Where it stood.'),
        },
      },
      applies: text('What it is about.'),
      priority: number('The higher one prevails.'),
      when: ANY_MAP('Its condition.'),
      effect: ANY_MAP('What it decides.'),
      tests: { description: 'None.', type: 'array' },
    },
  },
  lists: {
    description: 'The lists of values that it compares with, by name.',
    type: 'object',
    additionalProperties: { description: 'Its values.', type: 'array' },
  },
  left: texts('Lists that are too long to be carried.'),
  facts: list(
    'What it asked, and was told.',
    map(
      'A question.',
      { fact: text('The fact.'), params: ANY_MAP('What it was asked with.') },
      {
        value: {
          description: 'The answer, cut to what the policy looks at; absent where nothing was known.',
        },
      },
    ),
  ),
});

const DECISION = map(
  'What was decided.',
  {
    at: time('In the time of events.'),
    by: text('The policy (`policy:ID`) or person.'),
    target: map('About what.', {
      kind: one('An alert or an incident.', ['alert', 'incident']),
      id: text('Its id.'),
    }),
    reason: text('Why.'),
  },
  {
    confidence: map('The confidence.', {
      operation: one('What is done.', ['multiply', 'set', 'cap']),
      value: number('With what.'),
    }),
    severity: map(
      'The severity.',
      {},
      { floor: one('At least.', SEVERITIES), ceiling: one('At most.', SEVERITIES) },
    ),
    suppress: map('A suppression.', { owner: text('Who answers for it.'), until: time('Its end.') }),
    tags: texts('Tags.'),
    assignee: text('Who looks after it.'),
    state: text('The state.'),
    verdict: text('The verdict.'),
    escalate: one('Into an incident, or out of one.', ['incident', 'none']),
    merge: text('The incident that it is merged with.'),
    split: texts('Alerts that were taken out.'),
    neverWith: texts('What it is never joined with.'),
    withdraw: { description: 'What was decided before is taken back.', const: true },
    hash: text('Of a policy: a digest of what it does.'),
    route: texts('Outputs.'),
    grounds: GROUNDS,
  },
);

const STANDS = map('What the pieces make when they are replayed.', {
  stands: { description: 'It stands.', const: true },
  title: text('What happened, in short.'),
  severity: one('How bad it is.', SEVERITIES),
  confidence: share('That it is an attack.'),
  score: score('By these terms.'),
  terms: list('How the score came about.', TERM),
  stages: texts('ATT&CK tactics by short name, in order.'),
});

/** The JSON Schema (2020-12) of a proof file. */
export const PROOF_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:telltale:schema:proof',
  title: 'Telltale proof',
  ...map(
    'Everything that is needed to see an incident come about again, alone.',
    {
      telltale: { description: 'Tells what the file is.', const: 'proof' },
      version: { description: 'The version of the form.', const: PROOF_VERSION },
      incident: map('The incident as it was told.', {
        id: text('Its id.'),
        revision: count('The revision.'),
        state: one('Where it stood in its life.', INCIDENT_STATES),
        title: text('What happened, in short.'),
        severity: one('How bad it was.', SEVERITIES),
        confidence: share('With everything that belongs to it.'),
        score: score('With everything that belongs to it.'),
        stages: texts('ATT&CK tactics by short name, in order.'),
        alerts: count('How many alerts belong to it.'),
      }),
      stands: STANDS,
      least: {
        description: 'Without any one piece that carries it, it does not stand: checked.',
        type: 'boolean',
      },
      pieces: list(
        'The signals, in the order in which they are worked on.',
        map(
          'A signal.',
          {
            use: one('What it is there for.', PIECE_USES),
            reason: text('Why it counts.'),
            sighting: SIGNAL,
            takenAt: time('When it counts from.'),
            past: orNothing(PAST),
          },
          { without: share('Carrying pieces: the confidence that is left without it.') },
        ),
      ),
      together: list(
        'How often episodes of a rule began beside one of another.',
        map('Two rules.', {
          rule: text('The rule.'),
          other: text('The other.'),
          seen: count('So often.'),
          episodes: count('Of so many.'),
        }),
      ),
      rules: list('Rules and templates behind it.', map('A rule.', RULE)),
      policies: list('Policies that decided about it.', map('A policy.', RULE)),
      ruleset: text('The hash of all rules that were loaded.'),
      templates: list('Templates that are needed to replay it.', TEMPLATE),
      settings: {
        description: 'What the builder of incidents was set by; spans are microseconds.',
        type: 'object',
        required: [...SETTINGS, 'limits'],
        properties: {
          ...Object.fromEntries(SETTINGS.map((name) => [name, number('A setting.')])),
          limits: {
            description: 'Named bounds.',
            type: 'object',
            additionalProperties: { description: 'A bound.', type: 'number' },
          },
        },
        additionalProperties: { description: 'A setting.', type: 'number' },
      },
      digest: text('SHA-256 over everything else, as canonical JSON.'),
    },
    {
      decisions: list(
        'What was decided about it, in order: applied when all pieces have been seen.',
        map('A decision.', {
          decision: DECISION,
          at: time('When it was applied.'),
          needed: { description: 'Without it the incident does not stand.', type: 'boolean' },
          without: share('The confidence that is left without it.'),
        }),
      ),
      origin: text('The incident that it was split from, which the pieces open.'),
    },
  ),
};
