// Long because it is one table: every member of an incident as it is told, from the case that holds it.
import {
  type Entity,
  type EventTime,
  eventTime,
  type Incident,
  type IncidentMember,
  type IncidentStage,
  type ScoreTerm,
  SEVERITIES,
  type Severity,
  type StoryLine,
  tacticRank,
  tacticTitle,
} from '../model/index.ts';
import type { Case, Notable, Part } from './case.ts';
import type { Evidence, Together } from './evidence.ts';
import { round, spanText } from './links.ts';
import { type MinimalEvidence, minimalEvidence } from './minimal.ts';
import { oddsText, reasonOf } from './reason.ts';
import type { IncidentSettings } from './settings.ts';
import { entityKey } from './sighting.ts';
import { nextStages } from './stages.ts';

/** Entities that are told of one incident. */
const ENTITIES_MAX = 100;
/** Alerts that are told; the rest is counted. */
const MEMBERS_MAX = 500;
/** Lines of a story. */
const STORY_MAX = 40;
/** Alerts that declare so much alone make a case: what else they name is shown as a stage. */
const TRUSTED = 0.5;
/** One tactic by its older name and by those that later versions put in its place. */
const EVASION: readonly string[] = ['defense-evasion', 'stealth', 'defense-impairment'];
/** A stage is told in a title where it declares so much of what the strongest does. */
const TITLED = 0.5;
/** Stages in the order of an attack say more than the same stages in another. */
const ORDER_BONUS = 1.15;

/** What a view is made from, beside the case. */
export interface ViewFrom {
  readonly evidence: Evidence;
  readonly now: EventTime;
  readonly change: string;
  readonly settings: IncidentSettings;
  /** After counter-evidence, decisions and time. */
  readonly confidence: number;
  readonly together: Together;
}

/** An incident as it is told: plain data that never changes. */
export function viewOf(one: Case, from: ViewFrom): Incident {
  const minimal = minimalEvidence(one.notables, from);
  const stages = stagesOf(one, from.evidence);
  const score = scoreOf(one, from, stages);
  const severity = severityOf(one, { score: score.score, confidence: from.confidence, terms: score.terms });
  const members = membersOf(one, { evidence: from.evidence, minimal });
  return {
    id: one.id,
    revision: one.revision,
    state: one.state,
    title: titleOf(one, stages),
    ...(one.verdict === undefined ? {} : { verdict: one.verdict }),
    ...(one.assignee === undefined ? {} : { assignee: one.assignee }),
    ...(one.template === undefined ? {} : { template: one.template.id }),
    severity,
    confidence: figure(from.confidence),
    score: score.score,
    terms: score.terms,
    firstSeen: eventTime(one.first),
    lastSeen: eventTime(one.last),
    entities: entitiesOf(one),
    stages,
    members: members.slice(0, MEMBERS_MAX),
    membersTotal: members.length,
    links: one.links.map((link) => ({ ...link, weight: figure(link.weight) })),
    refused: [...one.refused],
    counter: one.counter.filter(({ factor }) => factor < 1),
    story: storyOf(one, from),
    next: nextStages(stages.map(({ tactic }) => tactic)),
    remediation: remediationOf(one),
    approximations: approximationsOf(one, { minimal, members: members.length }),
    ...(one.redirectedTo === undefined ? {} : { redirectedTo: one.redirectedTo }),
    ...(one.continues === undefined ? {} : { continues: one.continues }),
    linked: [...one.linked].sort(),
    change: from.change,
    ...(one.suppressed === undefined ? {} : { suppressed: one.suppressed }),
    tags: [...one.tags].sort(),
    notes: [...one.notes],
  };
}

/**
 * The stages that the evidence shows, in the order of an attack. An alert adds to the score of one stage only; what one that is trusted declares beside
 * that is shown as well, where no stage of the same kind is: it may fill in what lies before, but never says that the attack got further.
 */
function stagesOf(one: Case, { stages }: Evidence): IncidentStage[] {
  const shown = stages
    .filter(({ tactic }) => tactic !== '')
    .map(({ tactic, notable }) => ({ tactic, notable }));
  const trusted = one.notables
    .filter(({ declared }) => declared >= TRUSTED)
    .sort((a, b) => b.declared - a.declared || (a.sighting.id < b.sighting.id ? -1 : 1));
  const reached = shown.reduce((most, { tactic }) => Math.max(most, tacticRank(tactic)), 0);
  for (const notable of trusted) {
    for (const tactic of notable.sighting.tactics)
      if (tacticRank(tactic) < reached && !shown.some((known) => isSameKind(known.tactic, tactic)))
        shown.push({ tactic, notable });
  }
  return shown
    .sort((a, b) => tacticRank(a.tactic) - tacticRank(b.tactic))
    .map(({ tactic, notable }) => {
      const own = one.notables.filter(({ sighting }) => sighting.tactics.includes(tactic));
      const alerts = [...new Set(own.map(({ sighting }) => sighting.alert))];
      return {
        tactic,
        title: tacticTitle(tactic),
        firstSeen: eventTime(Math.min(...own.map(({ sighting }) => sighting.time))),
        lastSeen: eventTime(
          Math.max(...alerts.flatMap((alert) => (one.parts.get(alert) ?? []).map(({ last }) => last))),
        ),
        alerts: alerts.slice(0, 50),
        best: notable.sighting.alert,
        score: figure(notable.sighting.score),
      };
    });
}

/** Whether two tactics are one, or an older and a newer name of one. */
function isSameKind(a: string, b: string): boolean {
  return a === b || (EVASION.includes(a) && EVASION.includes(b));
}

/** The score, 0–100, as a waterfall: the best alert of each stage, then surprise, order, counter-evidence, decisions and time. */
function scoreOf(
  one: Case,
  from: ViewFrom,
  stages: readonly IncidentStage[],
): { readonly score: number; readonly terms: readonly ScoreTerm[] } {
  const terms: ScoreTerm[] = [];
  let doubt = 1;
  const add = (name: string, value: number, reason: string): void => {
    doubt *= 1 - Math.min(1, value);
    terms.push({
      name,
      operation: 'add',
      value: figure(value * 100),
      after: figure((1 - doubt) * 100),
      reason,
    });
  };
  for (const { tactic, notable } of from.evidence.stages) {
    if (notable.declared <= 0) continue;
    const name = tactic === '' ? 'unclassified' : tactic;
    add(name, notable.sighting.score / 100, `best of its stage: ${notable.sighting.rule.title}`);
  }
  const { bits, matched, depth, unusual } = from.evidence;
  if (bits > 0) {
    const most = matched
      .map(({ notable }) => notable.subject)
      .slice(0, 5)
      .join(', ');
    const further = depth > 0 ? `, ${round(depth)} of them from further rules on these` : '';
    add(
      'surprise',
      unusual,
      `${round(bits)} bits over ${matched.length} independent rules and subjects (${most})${further}; ${from.settings.openBits} make an attack as likely as not`,
    );
  }
  let value = (1 - doubt) * 100;
  const times = (name: string, factor: number, reason: string): void => {
    value = Math.min(100, value * factor);
    terms.push({ name, operation: 'multiply', value: figure(factor), after: figure(value), reason });
  };
  if (inOrder(stages)) times('order', ORDER_BONUS, `${stages.length} stages in the order of an attack`);
  for (const { reason, factor } of one.counter) if (factor < 1) times('counter', factor, reason);
  for (const { by, reason, confidence } of one.adjustments) {
    if (confidence === undefined) continue;
    if (confidence.operation === 'multiply') times(by, confidence.value, reason);
    else {
      value =
        confidence.operation === 'set'
          ? Math.max(value, confidence.value * 100)
          : Math.min(value, confidence.value * 100);
      terms.push({
        name: by,
        operation: confidence.operation,
        value: figure(confidence.value * 100),
        after: figure(value),
        reason,
      });
    }
  }
  const idle = Math.max(0, from.now - one.last - from.settings.horizon);
  if (idle > from.settings.halfLife / 20)
    times('age', 2 ** (-idle / from.settings.halfLife), `nothing new for ${spanText(idle)}`);
  return { score: figure(value), terms };
}

function inOrder(stages: readonly IncidentStage[]): boolean {
  if (stages.length < 3) return false;
  const byTime = [...stages].sort(
    (a, b) => a.firstSeen - b.firstSeen || tacticRank(a.tactic) - tacticRank(b.tactic),
  );
  let breaks = 0;
  for (let i = 1; i < byTime.length; i++) {
    if (tacticRank(byTime[i]?.tactic ?? '') < tacticRank(byTime[i - 1]?.tactic ?? '')) breaks++;
  }
  return breaks <= Math.floor(stages.length / 4);
}

/** High: likely and with impact; medium: likely; low: less; with the floors and ceilings that were decided. */
function severityOf(
  one: Case,
  {
    score,
    confidence,
    terms,
  }: { readonly score: number; readonly confidence: number; readonly terms: readonly ScoreTerm[] },
): Severity {
  const worst = one.notables.reduce(
    (most, { sighting }) => Math.max(most, SEVERITIES.indexOf(sighting.severity)),
    0,
  );
  let at =
    confidence >= 0.8 && (worst >= 3 || score >= 70) ? 3 : confidence >= 0.5 ? 2 : confidence >= 0.2 ? 1 : 0;
  if (terms.length === 0 && confidence < 0.5) at = Math.min(at, 1);
  if (one.floor !== undefined && confidence >= 0.5) at = Math.max(at, SEVERITIES.indexOf(one.floor));
  for (const { severity } of one.adjustments) {
    if (severity?.floor !== undefined) at = Math.max(at, SEVERITIES.indexOf(severity.floor));
    if (severity?.ceiling !== undefined) at = Math.min(at, SEVERITIES.indexOf(severity.ceiling));
  }
  return SEVERITIES[at] ?? 'informational';
}

function membersOf(
  one: Case,
  { evidence, minimal }: { readonly evidence: Evidence; readonly minimal: MinimalEvidence },
): IncidentMember[] {
  // Unchecked, nobody knows what is needed.
  const needed = new Set(minimal.checked ? minimal.notables.map(({ sighting }) => sighting.alert) : []);
  const share = new Map<string, number>();
  for (const { notable, bits } of evidence.matched) share.set(notable.sighting.alert, bits);
  const standing = new Map<string, number>();
  for (const { notable } of evidence.stages) {
    if (notable.declared > 0) standing.set(notable.sighting.alert, notable.sighting.score);
  }
  const best = bestByAlert(one.notables);
  return [...one.parts.values()]
    .flat()
    .sort((a, b) => a.first - b.first || (a.alert < b.alert ? -1 : 1))
    .map((part) =>
      memberOf(part, best.get(part.alert), {
        contribution: figure((share.get(part.alert) ?? 0) + (standing.get(part.alert) ?? 0)),
        minimal: needed.has(part.alert),
        over: overOf(best.get(part.alert), evidence),
      }),
    );
}

function overOf(notable: Notable | undefined, { overlaid }: Evidence): Notable | undefined {
  return notable === undefined ? undefined : overlaid.get(notable);
}

function bestByAlert(notables: readonly Notable[]): ReadonlyMap<string, Notable> {
  const best = new Map<string, Notable>();
  for (const notable of notables) {
    const known = best.get(notable.sighting.alert);
    if (known === undefined || known.bits + known.declared < notable.bits + notable.declared)
      best.set(notable.sighting.alert, notable);
  }
  return best;
}

function memberOf(
  part: Part,
  best: Notable | undefined,
  from: { readonly contribution: number; readonly minimal: boolean; readonly over: Notable | undefined },
): IncidentMember {
  const { contribution, minimal, over } = from;
  const { sighting } = best ?? part;
  const tactic = sighting.tactics[0];
  return {
    alert: part.alert,
    rule: sighting.rule.id,
    title: sighting.rule.title,
    firstSeen: eventTime(part.first),
    lastSeen: eventTime(part.last),
    count: part.count,
    severity: sighting.severity,
    ...(tactic === undefined ? {} : { tactic }),
    role: part.context ? 'context' : 'evidence',
    contribution,
    minimal,
    reason:
      best === undefined
        ? (part.note ?? `happened around it on ${part.subject || 'the same subject'}`)
        : reasonOf(best, over),
    ...(part.shape === undefined ? {} : { part: part.shape }),
  };
}

function entitiesOf(one: Case): readonly Entity[] {
  return [...one.entities.values()]
    .sort((a, b) => b.count - a.count || (entityKey(a.entity) < entityKey(b.entity) ? -1 : 1))
    .slice(0, ENTITIES_MAX)
    .map(({ entity }) => entity);
}

function titleOf(one: Case, stages: readonly IncidentStage[]): string {
  if (one.template !== undefined) return one.template.title;
  const subjects = subjectsOf(one);
  const where =
    subjects.length === 1 ? (subjects[0] ?? '') : `${subjects.length} subjects, first ${subjects[0] ?? ''}`;
  const most = stages.reduce((best, { score }) => Math.max(best, score), 0);
  const told = stages.filter(({ score }) => score >= most * TITLED);
  if (told.length >= 2) {
    const reached = told.at(-1)?.title ?? '';
    return `${told.length} stages of an attack up to ${reached} on ${where}`;
  }
  const rules = new Set(one.notables.map(({ sighting }) => sighting.rule.id));
  const [only] = one.notables;
  const [strong] = told;
  const best = one.notables.find(({ sighting }) => sighting.alert === strong?.best);
  if (rules.size === 1 && only !== undefined) return `${only.sighting.rule.title} on ${where}`;
  if (best !== undefined && best.declared >= TRUSTED)
    return `${best.sighting.rule.title} and ${rules.size - 1} more on ${where}`;
  return `${rules.size} unusual kinds of alert on ${where}`;
}

/** Names of subjects, those with most sightings first. */
function subjectsOf(one: Case): readonly string[] {
  const counts = new Map<string, number>();
  for (const { subject } of one.notables) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([subject]) => subject.replace(':', ' ') || 'nobody in particular');
}

/** What happened, in plain words: the template's story first, then alerts of one subject within a short time as one line. */
function storyOf(one: Case, { evidence }: ViewFrom): StoryLine[] {
  const lines: StoryLine[] = [];
  if (one.template?.story !== undefined) {
    lines.push({ time: eventTime(one.first), text: one.template.story, alerts: [] });
  }
  const weight = new Map<Notable, number>();
  for (const { notable, bits } of evidence.matched) weight.set(notable, bits);
  const sorted = [...one.notables].sort(
    (a, b) => a.sighting.time - b.sighting.time || (a.sighting.id < b.sighting.id ? -1 : 1),
  );
  let group: Notable[] = [];
  const told = new Set<string>();
  const close = (): void => {
    if (group.length > 0) lines.push(lineOf(one, group, told));
    group = [];
  };
  for (const notable of sorted) {
    const last = group.at(-1);
    const goesOn =
      last !== undefined &&
      last.subject === notable.subject &&
      notable.sighting.time - last.sighting.time <= STORY_GAP &&
      group.length < 12;
    if (!goesOn) close();
    group.push(notable);
  }
  close();
  if (lines.length <= STORY_MAX) return lines;
  const telling = new Set([...lines].sort((a, b) => b.alerts.length - a.alerts.length).slice(0, STORY_MAX));
  return lines.filter((line) => telling.has(line));
}

const STORY_GAP = 120_000_000;

/** An alert that an earlier line told of is named again without its count, which is of all its sightings. */
function lineOf(one: Case, group: readonly Notable[], before: Set<string>): StoryLine {
  const [first] = group;
  const subject = first?.subject.replace(':', ' ') ?? '';
  const titles = new Map<string, Notable>();
  for (const notable of group)
    if (!titles.has(notable.sighting.rule.id)) titles.set(notable.sighting.rule.id, notable);
  const told = [...titles.values()].slice(0, 4).map((notable) => {
    const count = (one.parts.get(notable.sighting.alert) ?? []).reduce((sum, part) => sum + part.count, 0);
    const silent = notable.surprise.kind === 'silent' ? 'no more ' : '';
    if (silent === '' && before.has(notable.sighting.alert)) return `again “${notable.sighting.rule.title}”`;
    return `${silent}“${notable.sighting.rule.title}”${count > 1 && silent === '' ? ` (${count} times)` : ''}`;
  });
  for (const { sighting } of group) before.add(sighting.alert);
  const more = titles.size > 4 ? ` and ${titles.size - 4} more` : '';
  const best = group.reduce(
    (most, notable) => (notable.bits > most.bits ? notable : most),
    group[0] as Notable,
  );
  const why = best.bits > 0 ? ` (${reasonOf(best)}; ${oddsText(best.bits)})` : '';
  const tactic = group.find(({ sighting }) => sighting.tactics.length > 0)?.sighting.tactics[0];
  return {
    time: eventTime(first?.sighting.time ?? one.first),
    text: `${subject === '' ? '' : `On ${subject}: `}${told.join(', ')}${more}${why}.`,
    alerts: [...new Set(group.map(({ sighting }) => sighting.alert))],
    ...(tactic === undefined ? {} : { tactic }),
  };
}

function remediationOf(one: Case): readonly string[] {
  const steps = new Set(one.templateRemediation);
  const sorted = [...one.notables].sort((a, b) => b.declared - a.declared || b.bits - a.bits);
  for (const { sighting } of sorted) {
    for (const step of sighting.remediation ?? []) if (steps.size < 20) steps.add(step);
  }
  if (steps.size === 0) {
    const subjects = subjectsOf(one).slice(0, 3).join(', ');
    steps.add(`Look at what happened on ${subjects} between the first and the last alert.`);
    steps.add(
      'Ask whoever works there whether it was planned; if it was, resolve the incident as benign, so that it is learnt.',
    );
  }
  return [...steps];
}

function approximationsOf(
  one: Case,
  { minimal, members }: { readonly minimal: MinimalEvidence; readonly members: number },
): readonly string[] {
  const told = [...one.approximations].sort();
  if (members > MEMBERS_MAX) told.push(`${members - MEMBERS_MAX} of ${members} alerts are not listed`);
  if (!minimal.checked && one.state !== 'candidate')
    told.push('no least evidence carries it alone: it rests on a decision or a template');
  return told;
}

/** Four decimals: enough to order by, and the same text on every machine. */
function figure(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
