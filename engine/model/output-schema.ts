import { ALERT_STATES, SEVERITIES, VERDICTS } from './alert.ts';
import { ENTITY_ROLES, ENTITY_TYPES } from './entity.ts';
import { INCIDENT_STATES, LINK_KINDS } from './incident.ts';
import { LEVELS } from './level.ts';
import { RULE_KINDS } from './rule.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = (description: string): Schema => ({ description, type: 'string' });
const number = (description: string): Schema => ({ description, type: 'number' });
const count = (description: string): Schema => ({ description, type: 'integer', minimum: 0 });
const share = (description: string): Schema => ({ description, type: 'number', minimum: 0, maximum: 1 });
const texts = (description: string): Schema => ({ description, type: 'array', items: { type: 'string' } });
const one = (description: string, values: readonly string[]): Schema => ({ description, enum: [...values] });
const list = (description: string, items: Schema): Schema => ({ description, type: 'array', items });
const time = (description: string): Schema => ({
  description: `${description} ISO 8601 in UTC, to the millisecond or finer.`,
  type: 'string',
  pattern: '^-?\\d{4,6}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}(?:\\d{3}(?:\\d{3})?)?Z$',
});

/** A map of which only the members are named; more may come. */
function open(description: string, members: readonly string[]): Schema {
  const properties = Object.fromEntries(members.map((name) => [name, { description: `Its ${name}.` }]));
  return { description, type: 'object', required: members, properties };
}

function map(
  description: string,
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    description,
    type: 'object',
    required: Object.keys(required),
    additionalProperties: false,
    properties: { ...required, ...optional },
  };
}

const VALUES: Schema = { description: 'Values by field name.', type: 'object' };
const ENTITY = map('A thing that it is about.', {
  type: one('What it is.', ENTITY_TYPES),
  value: text('Its name as logged.'),
  role: one('The part it plays.', ENTITY_ROLES),
});
const RULE = map(
  'The rule behind it.',
  {
    kind: one('The kind of rule.', RULE_KINDS),
    id: text('Its id.'),
    title: text('Its title.'),
    version: count('Its version.'),
    level: one('The impact if it is true.', LEVELS),
    confidence: share('Its prior.'),
    hash: text('A digest of what it does.'),
  },
  { name: text('Its short name.') },
);
const EVENT = map(
  'An event that it rests on.',
  { id: text('A digest of the event.'), time: time('When it happened.') },
  { file: text('Where it was read.'), line: count('The line there.') },
);
const TERM = map('A step of a derived figure.', {
  name: text('What it is called.'),
  operation: one('What it does to the figure.', ['set', 'multiply', 'add', 'cap']),
  value: number('By how much.'),
  after: number('The figure after it.'),
  reason: text('Why.'),
});
const NOTE = map('What somebody said.', { at: time('When.'), by: text('Who.'), text: text('What.') });
const SUPPRESSED = map(
  'Who muted it.',
  { by: text('Who.'), reason: text('Why.') },
  { until: time('Until when.') },
);
const LINK = {
  from: text('The id of the earlier one.'),
  to: text('The id of the later one.'),
  reason: text('In words, with figures.'),
};

const SIGNAL = map('A firing of a rule.', {
  kind: { const: 'signal', description: 'Tells the kind of line.' },
  id: text('Deterministic: the same events and rule give the same.'),
  rule: RULE,
  time: time('When; of an interval its end.'),
  score: number('0 to 100.'),
  tags: texts('The tags of the rule.'),
  entities: list('What it is about.', ENTITY),
  events: list('What it rests on.', EVENT),
});

const ALERT = map(
  'A revision of an alert.',
  {
    kind: { const: 'alert', description: 'Tells the kind of line.' },
    id: text('The same through all revisions.'),
    revision: count('From 1.'),
    state: one('Where it stands in its life.', ALERT_STATES),
    title: text('The title of its rule.'),
    severity: one('Derived from level and confidence.', SEVERITIES),
    confidence: share('After all terms.'),
    score: number('0 to 100.'),
    level: one('The impact if it is true.', LEVELS),
    rule: RULE,
    firstSeen: time('The first signal.'),
    lastSeen: time('The latest signal.'),
    count: count('Signals in it, exact.'),
    group: VALUES,
    tactics: texts('ATT&CK tactics by short name, in order.'),
    techniques: list(
      'ATT&CK techniques.',
      map('A technique.', { id: text('T1059 or T1059.001.') }, { name: text('Its name.') }),
    ),
    entities: list('What it is about, bounded.', ENTITY),
    entitiesTotal: count('How many there are.'),
    remediation: texts('What to do.'),
    tags: texts('Tags of the rule and of policies.'),
    terms: list('How the figures came about.', TERM),
    signals: texts('Ids of the first and latest signals.'),
    events: list('The first and latest events.', EVENT),
    eventsTotal: count('How many there are.'),
    key: text('What is one alert while it is open.'),
  },
  {
    description: text('What it means.'),
    verdict: one('What it was found to be.', VERDICTS),
    assignee: text('Who looks after it.'),
    suppressed: SUPPRESSED,
    values: VALUES,
    notes: list('What was said about it.', NOTE),
  },
);

const INCIDENT: Schema = {
  ...map(
    'A revision of an incident.',
    {
      kind: { const: 'incident', description: 'Tells the kind of line.' },
      id: text('The same through all revisions.'),
      revision: count('From 1.'),
      state: one('Where it stands in its life.', INCIDENT_STATES),
      title: text('What happened, in short.'),
      severity: one('How bad it is.', SEVERITIES),
      confidence: share('That it is an attack.'),
      score: number('0 to 100.'),
      change: text('What made this revision.'),
      firstSeen: time('The first alert.'),
      lastSeen: time('The latest alert.'),
      entities: list('What it is about.', ENTITY),
      stages: list(
        'The stages of the attack, in order.',
        open('A stage.', ['tactic', 'title', 'firstSeen', 'lastSeen', 'alerts', 'best', 'score']),
      ),
      alerts: list(
        'Its alerts, bounded.',
        open('An alert in it.', [
          'alert',
          'rule',
          'title',
          'firstSeen',
          'lastSeen',
          'count',
          'severity',
          'contribution',
          'minimal',
        ]),
      ),
      alertsTotal: count('How many there are.'),
      links: list(
        'Why they belong together; gaps are seconds.',
        map(
          'A link.',
          {
            ...LINK,
            kind: one('What joins them.', LINK_KINDS),
            weight: share('How strong it is.'),
            gap: number('Seconds between them.'),
          },
          { entity: ENTITY },
        ),
      ),
      refused: list(
        'Joins that were looked at and refused.',
        map('A refused join.', LINK, { entity: ENTITY }),
      ),
      counter: list(
        'What speaks against it.',
        map(
          'A reason.',
          { reason: text('In words.'), factor: share('What the confidence was multiplied by.') },
          { signal: text('Its signal.') },
        ),
      ),
      story: list(
        'In plain words.',
        map(
          'A line.',
          { time: time('When.'), text: text('What.'), alerts: texts('Of which alerts.') },
          { tactic: text('Of which tactic.') },
        ),
      ),
      next: texts('What may come next.'),
      remediation: texts('What to do.'),
      approximations: texts('What was given up for want of room.'),
      linked: texts('Siblings kept apart.'),
      tags: texts('Tags.'),
      terms: list('How the figures came about.', TERM),
    },
    {
      verdict: one('What it was found to be.', VERDICTS),
      assignee: text('Who looks after it.'),
      template: text('The template that shaped it.'),
      redirectedTo: text('The incident it was merged into.'),
      continues: text('The resolved incident that it follows up.'),
      suppressed: SUPPRESSED,
      notes: list('What was said about it.', NOTE),
    },
  ),
};

/**
 * The JSON Schema (2020-12) of a line of NDJSON output: a signal, an alert or an incident, told by `kind`. Signals of correlations carry more, and
 * incidents may come to; readers pass over what they do not know.
 */
export const OUTPUT_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:telltale:schema:output',
  title: 'Telltale output',
  description: 'One line of NDJSON as scan and export write it.',
  oneOf: [{ ...SIGNAL, additionalProperties: true }, ALERT, { ...INCIDENT, additionalProperties: true }],
};
