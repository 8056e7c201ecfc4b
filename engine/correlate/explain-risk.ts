import type { Signal } from '../model/index.ts';
import { distanceTo, satisfies } from './bounds.ts';
import type { NearMiss } from './explain.ts';
import { boundsText, figureText, type Member, timeOf } from './explain-text.ts';
import type { NodePlan } from './plan.ts';
import { factorKey, riskOf, shareAt, shareOf, sourcesOf, tacticsOf } from './risk-factors.ts';

interface Factor {
  readonly share: number;
  readonly newest: Signal;
  readonly name: string;
}

/**
 * How near a group's risk came: the moment nearest to the condition, what each rule had in it, and the tactics or sources that were missing. Assets count
 * once each, as no inventory is at hand. O(n·factors).
 */
export function missOfRisk(
  plan: NodePlan,
  body: Extract<NodePlan['body'], { kind: 'risk' }>,
  members: readonly Member[],
): Omit<NearMiss, 'group'> {
  const factors = new Map<string, Factor>();
  let best: { readonly risk: number; readonly at: Signal; readonly factors: readonly Factor[] } | undefined;
  for (const { signal, input } of members) {
    for (const [key, { newest }] of factors)
      if (newest.end <= signal.end - plan.timespanMicros) factors.delete(key);
    const key = factorKey(signal);
    const name = input.roles.map((role) => plan.names[role] ?? '').join(', ');
    factors.delete(key);
    factors.set(key, { share: shareOf(signal, input.weight), newest: signal, name });
    const held = [...factors.values()];
    const risk = riskOf(held, signal.end, body.halfLifeMicros);
    if (best === undefined || distanceTo(risk, body.bounds) <= distanceTo(best.risk, body.bounds))
      best = { risk, at: signal, factors: held };
  }
  if (best === undefined) return { progress: 0, text: 'no firing' };
  const { risk, at } = best;
  const shares = best.factors
    .map((factor) => ({ ...factor, now: 100 * shareAt(factor, at.end, body.halfLifeMicros) }))
    .sort((a, b) => b.now - a.now)
    .map(({ name, now }) => `${name} ${figureText(now)}`);
  const figure = `risk ${figureText(risk)} at ${timeOf(at)} (${shares.join(', ')})`;
  if (!satisfies(risk, body.bounds)) {
    const distance = distanceTo(risk, body.bounds);
    return {
      progress: 1 - distance / (risk + distance),
      text: `${figure}; ${boundsText(body.bounds)} wanted`,
    };
  }
  const tactics = new Set(best.factors.flatMap(({ newest }) => tacticsOf(newest)));
  const sources = new Set(best.factors.flatMap(({ newest }) => sourcesOf(newest)));
  const lacking = [
    ...(body.minTactics > 1 && tactics.size < body.minTactics
      ? [`${tactics.size} of ${body.minTactics} tactics${listed(tactics)}`]
      : []),
    ...(body.minSources > 1 && sources.size < body.minSources
      ? [`${sources.size} of ${body.minSources} sources${listed(sources)}`]
      : []),
  ];
  return {
    progress: 0.95,
    text: `${figure}, but ${lacking.length > 0 ? lacking.join(' and ') : 'it was not said: its suppression or counter-evidence stood before it'}`,
  };
}

function listed(names: ReadonlySet<string>): string {
  return names.size === 0 ? '' : ` (${[...names].sort().join(', ')})`;
}
