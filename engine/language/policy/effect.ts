import {
  ALERT_STATES,
  duration,
  type EventTime,
  eventTime,
  INCIDENT_STATES,
  MICROS_PER_MS,
  type PolicyEffect,
  parseDuration,
  SEVERITIES,
  VERDICTS,
} from '../../model/index.ts';
import { isPlainMap, ownValue, type PlainMap } from '../document.ts';
import type { Finding, KeyPath } from '../finding.ts';
import { texts } from '../meta.ts';
import { POLICY_READING_CODES } from './errors.ts';

const SUPPRESS_MAX = parseDuration('366d') ?? duration(0);
const OUTPUT_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const TAG_NAME = /^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*$/;
const PERSON = /^[\p{L}\p{N}][\p{L}\p{N} ._@+'-]{0,127}$/u;

type Report = (finding: Finding) => void;

/** The decision of a policy, from what its schema accepts; undefined where it was refused. Reports TT1903 to TT1906. */
export function readPolicyEffect(then: PlainMap, path: KeyPath, report: Report): PolicyEffect | undefined {
  let refused = false;
  const refuse: Report = (finding) => {
    refused = true;
    report(finding);
  };
  if (Object.keys(then).length === 0) {
    const message = 'the policy decides nothing';
    const hint = 'add one of severity, confidence, suppress, tags, assign, state, verdict, escalate, route';
    refuse({ code: POLICY_READING_CODES.TT1904, message, path, part: 'key', hint });
  }
  const effect: PolicyEffect = {
    ...readSeverity(then, path, refuse),
    ...readConfidence(then),
    ...readSuppress(then, path, refuse),
    ...readNames(then, path, refuse),
    ...readStates(then),
  };
  const loud = (['escalate', 'route'] as const).filter((key) => Object.hasOwn(then, key));
  if (Object.hasOwn(then, 'suppress') && loud.length > 0) {
    const message = `what is muted cannot have \`${loud.join('` and `')}\` too`;
    refuse({ code: POLICY_READING_CODES.TT1906, message, path: [...path, 'suppress'], part: 'key' });
  }
  return refused ? undefined : effect;
}

/** A day or time in UTC as ISO 8601 writes it; undefined where the text is none. */
export function readUtc(text: string): EventTime | undefined {
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : eventTime(ms * MICROS_PER_MS);
}

function readSeverity(then: PlainMap, path: KeyPath, refuse: Report): Pick<PolicyEffect, 'severity'> {
  const severity = ownValue(then, 'severity');
  if (!isPlainMap(severity)) return {};
  const floor = SEVERITIES.find((one) => one === ownValue(severity, 'floor'));
  const ceiling = SEVERITIES.find((one) => one === ownValue(severity, 'ceiling'));
  if (
    floor !== undefined &&
    ceiling !== undefined &&
    SEVERITIES.indexOf(floor) > SEVERITIES.indexOf(ceiling)
  ) {
    const message = `the floor '${floor}' lies above the ceiling '${ceiling}'`;
    refuse({ code: POLICY_READING_CODES.TT1906, message, path: [...path, 'severity'] });
  }
  return {
    severity: { ...(floor === undefined ? {} : { floor }), ...(ceiling === undefined ? {} : { ceiling }) },
  };
}

function readConfidence(then: PlainMap): Pick<PolicyEffect, 'confidence'> {
  const confidence = ownValue(then, 'confidence');
  if (!isPlainMap(confidence)) return {};
  for (const operation of ['multiply', 'set', 'cap'] as const) {
    const value = ownValue(confidence, operation);
    if (typeof value === 'number') return { confidence: { operation, value } };
  }
  return {};
}

function readSuppress(then: PlainMap, path: KeyPath, refuse: Report): Pick<PolicyEffect, 'suppress'> {
  const suppress = ownValue(then, 'suppress');
  if (!isPlainMap(suppress)) return {};
  const owner = String(ownValue(suppress, 'owner') ?? '');
  const reason = String(ownValue(suppress, 'reason') ?? '');
  checkPerson(owner, [...path, 'suppress', 'owner'], refuse);
  const until = ownValue(suppress, 'until');
  const span = ownValue(suppress, 'for');
  const bad = (message: string, key: string | undefined): object => {
    const at = key === undefined ? [...path, 'suppress'] : [...path, 'suppress', key];
    const part = key === undefined ? ({ part: 'key' } as const) : {};
    const hint = 'write `until: 2027-01-31` or `for: 7d`, at most 366 days';
    refuse({ code: POLICY_READING_CODES.TT1903, message, path: at, hint, ...part });
    return {};
  };
  if ((until === undefined) === (span === undefined)) {
    return bad(
      until === undefined ? 'this suppression never ends' : '`until` and `for` say two different ends',
      undefined,
    );
  }
  if (until !== undefined) {
    const time = readUtc(String(until));
    if (time === undefined) return bad(`'${String(until)}' is no day or time in UTC`, 'until');
    return { suppress: { owner, reason, until: time } };
  }
  const length = parseDuration(String(span));
  if (length === undefined) return bad(`'${String(span)}' is not a time span`, 'for');
  if (length > SUPPRESS_MAX) return bad(`${String(span)} is longer than 366 days`, 'for');
  return { suppress: { owner, reason, until: { for: length } } };
}

function readNames(
  then: PlainMap,
  path: KeyPath,
  refuse: Report,
): Pick<PolicyEffect, 'tags' | 'assignee' | 'route'> {
  const tags = texts(ownValue(then, 'tags'));
  const route = texts(ownValue(then, 'route'));
  const assign = ownValue(then, 'assign');
  for (const [i, tag] of tags.entries()) {
    if (!TAG_NAME.test(tag)) refuse(unnameable(`'${tag}' is no tag`, [...path, 'tags', i], TAG_HINT));
  }
  for (const [i, name] of route.entries()) {
    if (!OUTPUT_NAME.test(name))
      refuse(unnameable(`'${name}' is not the name of an output`, [...path, 'route', i], OUTPUT_HINT));
  }
  if (typeof assign === 'string') checkPerson(assign.trim(), [...path, 'assign'], refuse);
  return {
    ...(tags.length === 0 ? {} : { tags }),
    ...(route.length === 0 ? {} : { route }),
    ...(typeof assign === 'string' ? { assignee: assign.trim() } : {}),
  };
}

const TAG_HINT = 'a tag is words in lower case joined by dots, such as asset.crown-jewel';
const OUTPUT_HINT = 'outputs have names in lower case, such as pager; the operator configures what they are';

function unnameable(message: string, path: KeyPath, hint: string): Finding {
  return { code: POLICY_READING_CODES.TT1905, message, path, hint };
}

function checkPerson(name: string, path: KeyPath, refuse: Report): void {
  if (PERSON.test(name) && !name.includes('..')) return;
  refuse(unnameable(`'${name}' is not the name of a person or team`, path, 'write a name or a mail address'));
}

function readStates(then: PlainMap): Pick<PolicyEffect, 'state' | 'verdict' | 'escalate'> {
  const state = [...ALERT_STATES, ...INCIDENT_STATES].find((one) => one === ownValue(then, 'state'));
  const verdict = VERDICTS.find((one) => one === ownValue(then, 'verdict'));
  const escalate = (['incident', 'none'] as const).find((one) => one === ownValue(then, 'escalate'));
  return {
    ...(state === undefined ? {} : { state }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(escalate === undefined ? {} : { escalate }),
  };
}
