import {
  type Decided,
  type EventTime,
  isPolicy,
  SEVERITIES,
  type StandingDecision,
  sha256Id,
} from '../model/index.ts';
import type { Case } from './case.ts';
import { confidenceOf, SHOWN } from './confidence.ts';
import { conflict } from './conflict.ts';
import { type Docket, entitySeen, filed, keep, newCase } from './docket.ts';
import { BASIS_MAX, type Merging } from './merging.ts';
import type { Retracting } from './retracting.ts';
import { joinKey } from './sighting.ts';
import type { Telling } from './telling.ts';

/** What a person may set a state to. */
const DECIDABLE = ['open', 'active', 'contained', 'resolved', 'archived'] as const;

/** Decisions about one case that are kept for its proof. */
const DECIDED_MAX = 200;

/** Applies what policies and people decided about incidents and their alerts. */
export class Deciding {
  readonly #docket: Docket;
  readonly #telling: Telling;
  readonly #merging: Merging;
  readonly #retracting: Retracting;

  constructor(docket: Docket, telling: Telling, others: { merging: Merging; retracting: Retracting }) {
    this.#docket = docket;
    this.#telling = telling;
    this.#merging = others.merging;
    this.#retracting = others.retracting;
  }

  /** Applies what a policy or a person decided about an incident. False where it is about none that is here. */
  apply(decision: Decided, at: EventTime): boolean {
    const { target } = decision;
    const one =
      target.kind === 'incident'
        ? this.#docket.cases.get(target.id)
        : this.#docket.holding(target.id, decision);
    if (one === undefined) return false;
    if (target.kind === 'alert') return this.#applyToAlert(one, decision, at);
    noteDecided(one, decision, at);
    const { by, reason } = decision;
    const said: string[] = [];
    if (decision.assignee !== undefined) {
      one.assignee = decision.assignee;
      said.push(`assigned to ${decision.assignee}`);
      if (one.state === 'open') one.state = 'active';
    }
    if (decision.tags !== undefined) {
      for (const tag of decision.tags) one.tags.add(tag);
      said.push(`tagged ${decision.tags.join(', ')}`);
    }
    if (decision.withdraw === true || isPolicy(by)) {
      const gone = takeBack(one, by);
      if (gone && decision.withdraw === true) said.push('what it decided is taken back');
    }
    if (decision.confidence !== undefined || decision.severity !== undefined) {
      const { severity, hash } = decision;
      const floor = SEVERITIES.find((name) => name === severity?.floor);
      const ceiling = SEVERITIES.find((name) => name === severity?.ceiling);
      one.adjustments.push({
        at,
        by,
        reason,
        ...(decision.confidence === undefined ? {} : { confidence: decision.confidence }),
        ...(severity === undefined
          ? {}
          : {
              severity: {
                ...(floor === undefined ? {} : { floor }),
                ...(ceiling === undefined ? {} : { ceiling }),
              },
            }),
        ...(hash === undefined ? {} : { hash }),
      });
      said.push('figures adjusted');
    }
    if (decision.suppress !== undefined) {
      const { owner, until } = decision.suppress;
      one.suppressed = { by: owner, reason, until };
      one.mutedBy = isPolicy(by) ? { by, hash: decision.hash } : undefined;
      this.#docket.timers.push({ at: until, kind: 'unmute', of: one.id });
      said.push('suppressed');
    }
    for (const other of decision.neverWith ?? []) one.neverWith.add(other);
    if (decision.escalate === 'incident' && one.state === 'candidate') {
      this.#telling.show(one, at);
      said.push('escalated');
    }
    if (decision.verdict !== undefined) {
      one.verdict = decision.verdict;
      one.state = 'resolved';
      said.push(`resolved as ${decision.verdict.replace('_', ' ')}`);
    } else if (decision.state !== undefined) {
      const state = DECIDABLE.find((name) => name === decision.state);
      if (state !== undefined) {
        one.state = state;
        said.push(state);
      }
    }
    if (decision.merge !== undefined) said.push(...this.#mergeDecided(one, decision.merge, at));
    if (decision.split !== undefined) said.push(...this.#split(one, decision.split, at));
    if (one.notes.length < 200) one.notes.push({ at, by, text: [reason, ...said].join(': ') });
    if (one.state !== 'candidate')
      this.#telling.tell(one, `${by}: ${said.length === 0 ? reason : said.join(', ')}`, at);
    return true;
  }

  /** A suppression ends by itself, and a revision says so. */
  unmute(one: Case, at: number): void {
    if (one.suppressed?.until !== at) return;
    const { by, reason } = one.suppressed;
    one.suppressed = undefined;
    one.mutedBy = undefined;
    if (one.state !== 'candidate')
      this.#telling.tell(one, `the suppression by ${by} has ended: ${reason}`, at);
  }

  #applyToAlert(one: Case, decision: Decided, at: EventTime): boolean {
    if (decision.escalate === 'incident' && one.state === 'candidate') {
      noteDecided(one, decision, at);
      one.notes.push({ at, by: decision.by, text: `escalated: ${decision.reason}` });
      this.#telling.show(one, at);
      // Told at once: after the end of a recording no timer fires any more.
      this.#telling.tell(one, `opened: escalated by ${decision.by}`, at);
      return true;
    }
    const out = decision.escalate === 'none' || decision.verdict === 'false_positive';
    if (!out) return false;
    noteDecided(one, decision, at);
    if (decision.escalate === 'none' && decision.state === 'dismissed') {
      // It was nothing: an incident of its own would be of nothing, too.
      this.#retracting.withdraw(one, decision.target.id, { reason: decision.reason, at });
      return true;
    }
    return this.#split(one, [decision.target.id], at).length > 0;
  }

  #mergeDecided(one: Case, id: string, at: number): string[] {
    const other = this.#docket.cases.get(id);
    if (other === undefined || other === one) return [`no incident ${id} to merge with`];
    const reason = conflict(one, other, this.#docket.settings);
    if (reason !== undefined) {
      one.linked.add(id);
      other.linked.add(one.id);
      return [`not merged with ${id}: ${reason}`];
    }
    const [older, younger] = one.order < other.order ? [one, other] : [other, one];
    this.#merging.merge(older, younger, at);
    return [];
  }

  /** Takes alerts out into an incident of their own; the two are never joined again. */
  #split(one: Case, alerts: readonly string[], at: number): string[] {
    const going = new Set(alerts.filter((alert) => one.parts.has(alert)));
    if (going.size === 0) return [];
    const own = one.notables.filter(({ sighting }) => going.has(sighting.alert));
    const first = own[0]?.sighting ?? one.parts.get([...going][0] ?? '')?.[0]?.sighting;
    if (first === undefined) return [];
    const away = newCase(
      // By what was asked for: what is found of it depends on what else was shown.
      sha256Id(`split\n${one.id}\n${[...new Set(alerts)].sort().join('\n')}`),
      this.#docket.made++,
      first.time,
    );
    away.splitFrom = one.id;
    this.#docket.cases.set(away.id, away);
    one.notables.splice(
      0,
      one.notables.length,
      ...one.notables.filter(({ sighting }) => !going.has(sighting.alert)),
    );
    for (const alert of going) {
      const part = one.parts.get(alert);
      one.parts.delete(alert);
      if (part !== undefined) away.parts.set(alert, part);
      this.#docket.byAlert.set(alert, away);
      one.neverWith.add(alert);
    }
    one.links.splice(
      0,
      one.links.length,
      ...one.links.filter(({ from, to }) => !going.has(from) && !going.has(to)),
    );
    one.gone.push(...own.slice(0, Math.max(0, BASIS_MAX - one.gone.length)));
    for (const notable of own) {
      away.notables.push(notable);
      away.last = Math.max(away.last, notable.sighting.time);
      for (const entity of notable.sighting.entities)
        away.entities.set(joinKey(entity), entitySeen(entity, notable.sighting));
      away.rules.set(notable.sighting.rule.id, {
        time: notable.sighting.time,
        alert: notable.sighting.alert,
        subject: notable.subject,
      });
    }
    one.neverWith.add(away.id);
    away.neverWith.add(one.id);
    away.linked.add(one.id);
    one.linked.add(away.id);
    for (const changed of [one, away]) {
      const { bits, confidence } = this.#docket.evidence(changed);
      changed.bits = bits;
      changed.evidenceConfidence = confidence;
    }
    for (const key of away.entities.keys()) filed(this.#docket.byEntity, key, away);
    for (const key of away.rules.keys()) filed(this.#docket.byRule, key, away);
    if (confidenceOf(away, at, this.#docket.settings) >= SHOWN) {
      away.state = 'open';
      away.openedAt = at;
      this.#docket.shown.add(away);
      this.#telling.tell(away, `split from ${one.id}`, at);
    }
    this.#telling.setQuiet(away);
    return [`split: ${going.size} alerts taken out into ${away.id}`];
  }
}

/** Keeps what a proof of the case rests on. What a policy said of the figures before gives way to what it says now. */
function noteDecided(one: Case, decision: Decided, at: EventTime): void {
  const { by, target, escalate, confidence, severity, merge, split, withdraw, verdict } = decision;
  const shapes = escalate !== undefined || merge !== undefined || split !== undefined;
  const about = target.kind === 'incident';
  if (about && isPolicy(by)) {
    const left = one.decided.filter(({ decision: known }) => known.by !== by || !onlyFigures(known));
    one.decided.splice(0, one.decided.length, ...left);
  }
  const undone = withdraw === true && one.decided.some(({ decision: known }) => known.by === by);
  const figures = about && (confidence !== undefined || severity !== undefined || undone);
  const splits = !about && verdict === 'false_positive';
  if (shapes || figures || splits) keep(one.decided, { decision, at }, DECIDED_MAX, one, 'decisions');
}

function onlyFigures({ target, escalate, merge, split }: Decided): boolean {
  return target.kind === 'incident' && escalate === undefined && merge === undefined && split === undefined;
}

/** Takes back what a policy decided about figures and silence; false where it had decided nothing of the kind. */
function takeBack(one: Case, by: string): boolean {
  const left = one.adjustments.filter((adjustment) => adjustment.by !== by);
  const gone = left.length < one.adjustments.length || one.mutedBy?.by === by;
  one.adjustments.splice(0, one.adjustments.length, ...left);
  if (one.mutedBy?.by === by) {
    one.suppressed = undefined;
    one.mutedBy = undefined;
  }
  return gone;
}

/** The decisions of policies that still change a case. */
export function policiesOf({ id, adjustments, mutedBy }: Case): readonly StandingDecision[] {
  const by = new Map<string, StandingDecision>();
  for (const one of [...adjustments, ...(mutedBy === undefined ? [] : [mutedBy])])
    if (isPolicy(one.by)) by.set(one.by, { target: { kind: 'incident', id }, by: one.by, hash: one.hash });
  return [...by.values()];
}
