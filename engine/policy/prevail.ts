import { type Decided, type Decision, SEVERITIES } from '../model/index.ts';

/** The decision of a policy before it is compared with the others, in the order in which they prevail. */
export interface Proposal {
  readonly policy: string;
  readonly decision: Decided;
}

/** A part of a decision that another policy's decision displaced. */
export interface Overruled {
  readonly part: string;
  readonly by: string;
}

/** What is left of a proposal. */
export interface Prevailing {
  readonly policy: string;
  /** Undefined where nothing is left. */
  readonly decision: Decided | undefined;
  readonly overruled: readonly Overruled[];
}

/**
 * Which parts of several decisions about one case stand. Proposals come in the order in which they prevail (priority, then id).
 *
 * - tags and routes add up; multiplied confidences multiply, caps all hold, and a `set` stands only where none before it said anything of
 *   the confidence but caps, and displaces what comes after;
 * - of suppression, assignee, state, verdict and escalation the first stands;
 * - a floor or ceiling that cannot be kept together with an earlier ceiling or floor falls;
 * - what an earlier policy mutes is not escalated or routed by a later one, and the reverse.
 *
 * The parts that stand no longer depend on the order in which they are applied. Cost: linear in the proposals.
 */
export function prevail(proposals: readonly Proposal[]): Prevailing[] {
  const first = new Map<string, string>();
  let floor: { readonly rank: number; readonly by: string } | undefined;
  let ceiling: { readonly rank: number; readonly by: string } | undefined;
  return proposals.map(({ policy, decision }) => {
    const overruled: Overruled[] = [];
    const fall = (part: string, by: string | undefined): false => {
      overruled.push({ part, by: by ?? '' });
      return false;
    };
    const taken = (part: string, ...against: readonly string[]): boolean => {
      const by = [part, ...against].map((one) => first.get(one)).find((one) => one !== undefined);
      if (by !== undefined) return fall(part, by);
      first.set(part, policy);
      return true;
    };
    const { severity, confidence, suppress, tags, assignee, state, verdict, escalate, route, ...rest } =
      decision;
    const kept: { floor?: string; ceiling?: string } = {};
    if (severity?.floor !== undefined) {
      const rank = rankOf(severity.floor);
      if (ceiling !== undefined && ceiling.rank < rank) fall('severity.floor', ceiling.by);
      else {
        kept.floor = severity.floor;
        if (floor === undefined || floor.rank < rank) floor = { rank, by: policy };
      }
    }
    if (severity?.ceiling !== undefined) {
      const rank = rankOf(severity.ceiling);
      if (floor !== undefined && floor.rank > rank) fall('severity.ceiling', floor.by);
      else {
        kept.ceiling = severity.ceiling;
        if (ceiling === undefined || ceiling.rank > rank) ceiling = { rank, by: policy };
      }
    }
    const out: Decided = {
      ...rest,
      ...(Object.keys(kept).length === 0 ? {} : { severity: kept }),
      ...(confidence !== undefined && confidenceStands(confidence.operation, { first, policy, fall })
        ? { confidence }
        : {}),
      ...(suppress !== undefined && taken('suppress', 'escalate', 'route') ? { suppress } : {}),
      ...(tags === undefined ? {} : { tags }),
      ...(assignee !== undefined && taken('assignee') ? { assignee } : {}),
      ...(state !== undefined && taken('state') ? { state } : {}),
      ...(verdict !== undefined && taken('verdict') ? { verdict } : {}),
      ...(escalate !== undefined && taken('escalate', 'suppress') ? { escalate } : {}),
      ...(route !== undefined && routeStands(first, policy, fall) ? { route } : {}),
    };
    return { policy, decision: decidesAnything(out) ? out : undefined, overruled };
  });
}

type Fall = (part: string, by: string | undefined) => false;

function confidenceStands(
  operation: NonNullable<Decision['confidence']>['operation'],
  {
    first,
    policy,
    fall,
  }: { readonly first: Map<string, string>; readonly policy: string; readonly fall: Fall },
): boolean {
  const set = first.get('confidence.set');
  if (set !== undefined) return fall('confidence', set);
  if (operation === 'set') {
    const changed = first.get('confidence.multiply');
    if (changed !== undefined) return fall('confidence', changed);
    first.set('confidence.set', policy);
  }
  if (operation === 'multiply' && !first.has('confidence.multiply')) first.set('confidence.multiply', policy);
  return true;
}

function routeStands(first: Map<string, string>, policy: string, fall: Fall): boolean {
  const muted = first.get('suppress');
  if (muted !== undefined) return fall('route', muted);
  if (!first.has('route')) first.set('route', policy);
  return true;
}

const RANKS: ReadonlyMap<string, number> = new Map(SEVERITIES.map((severity, rank) => [severity, rank]));

function rankOf(severity: string): number {
  return RANKS.get(severity) ?? 0;
}

/** What a decision may change, a part each. */
export const DECISION_PARTS = [
  'severity',
  'confidence',
  'suppress',
  'tags',
  'assignee',
  'state',
  'verdict',
  'escalate',
  'route',
] as const;

/** Whether a decision changes anything. */
export function decidesAnything(decision: Decision): boolean {
  return DECISION_PARTS.some((part) => decision[part] !== undefined);
}

/** The parts of a decision in words, such as `severity at least high`. */
export function decisionWords(decision: Decision): string[] {
  const { severity, confidence, suppress, tags, assignee, state, verdict, escalate, route } = decision;
  return [
    ...(severity?.floor === undefined ? [] : [`severity at least ${severity.floor}`]),
    ...(severity?.ceiling === undefined ? [] : [`severity at most ${severity.ceiling}`]),
    ...(confidence === undefined
      ? []
      : [`confidence ${CONFIDENCE_WORDS[confidence.operation]} ${confidence.value}`]),
    ...(suppress === undefined ? [] : [`muted, ${suppress.owner} answers for it`]),
    ...(tags === undefined ? [] : [`tagged ${tags.join(', ')}`]),
    ...(assignee === undefined ? [] : [`assigned to ${assignee}`]),
    ...(state === undefined ? [] : [`state ${state}`]),
    ...(verdict === undefined ? [] : [`verdict ${verdict}`]),
    ...(escalate === undefined
      ? []
      : [escalate === 'incident' ? 'into an incident of its own' : 'out of its incident']),
    ...(route === undefined ? [] : [`routed to ${route.join(', ')}`]),
  ];
}

const CONFIDENCE_WORDS = { multiply: 'times', set: 'set to', cap: 'at most' } as const;
