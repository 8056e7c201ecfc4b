import { duration, formatDuration, type Signal } from '../model/index.ts';
import { countNeeded, decidedAtOnce, distanceTo, satisfies } from './bounds.ts';
import { CountedValues } from './counted-values.ts';
import type { NearMiss } from './explain.ts';
import { boundsText, figureName, figureText, type Member, ordinal, plural, timeOf } from './explain-text.ts';
import { tuplesOf } from './key.ts';
import { figureOf } from './make-measure.ts';
import type { NodePlan, PlannedMeasure } from './plan.ts';

type Miss = Omit<NearMiss, 'group'>;

/**
 * How near a figure came: of a count that is to be reached the most in one window, and by how much what was missing came too late; of other figures
 * the value nearest to the condition. O(n log n) and, for counts, O(n·window).
 */
export function missOfFigure(plan: NodePlan, body: PlannedMeasure, members: readonly Member[]): Miss {
  const { timespanMicros, cased } = plan;
  const span = formatDuration(duration(timespanMicros));
  const need = countNeeded(body.bounds);
  const counts = body.type === 'event_count' || body.type === 'value_count';
  if (!counts || need === undefined || !decidedAtOnce(body.type, body.bounds))
    return missOfNearest(plan, body, members);
  const values = members.map(({ signal, input }) =>
    body.type === 'event_count' ? [signal.id] : tuplesOf(signal, input.valueFields, cased),
  );
  // The most different values in one window, and the shortest stretch that holds enough.
  let best = 0;
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < members.length; i++) {
    const seen = new Set<string>();
    const end = members[i]?.signal.end ?? 0;
    for (let j = i; j >= 0; j--) {
      const start = members[j]?.signal.end ?? 0;
      for (const value of values[j] ?? []) seen.add(value);
      if (end - start < timespanMicros) best = Math.max(best, seen.size);
      if (seen.size >= need) {
        shortest = Math.min(shortest, end - start);
        break;
      }
    }
  }
  const what = body.type === 'event_count' ? '' : ' distinct';
  if (shortest >= timespanMicros && Number.isFinite(shortest)) {
    const late = shortest - timespanMicros;
    const by = late === 0 ? 'exactly at the end of the window' : `${formatDuration(duration(late))} late`;
    return {
      progress: best / need,
      text: `${best} of ${need}${what} in ${span}; the ${ordinal(need)} came ${by}`,
    };
  }
  return { progress: Math.min(1, best / need), text: `${best} of ${need}${what} in ${span}` };
}

interface Nearest {
  readonly value: number;
  readonly signal: Signal;
  /** Signals in the window that it is of. */
  readonly count: number;
  readonly distance: number;
}

function missOfNearest(plan: NodePlan, body: PlannedMeasure, members: readonly Member[]): Miss {
  const span = formatDuration(duration(plan.timespanMicros));
  const name = figureName(plan);
  const wanted = `${boundsText(body.bounds)} wanted`;
  const nearest = nearestFigure(plan, body, members);
  if (nearest === undefined)
    return { progress: 0, text: `${plural(members.length, 'firing')}, none with what is counted (${name})` };
  const { value, signal, count, distance } = nearest;
  const figure = `${name} ${figureText(value)} in ${span} at ${timeOf(signal)}`;
  if (!satisfies(value, body.bounds)) {
    const scale = Math.abs(value) + distance;
    return { progress: scale === 0 ? 0 : 1 - distance / scale, text: `${figure}; ${wanted}` };
  }
  const held =
    count < body.minEvents
      ? `but over ${count} of the ${body.minEvents} events that min_events asks for`
      : plan.window.kind === 'sliding'
        ? 'and it was not said: another signal, its suppression or counter-evidence stood before it'
        : `but not in one ${plan.window.kind} window`;
  return { progress: 0.95, text: `${figure}, ${held}` };
}

/** Of all windows that end at a signal, the one whose figure comes nearest to the condition; the newest of equals. */
function nearestFigure(
  plan: NodePlan,
  body: PlannedMeasure,
  members: readonly Member[],
): Nearest | undefined {
  const measure = figureOf(body, members.length + 1);
  const counted = new CountedValues(plan);
  let nearest: Nearest | undefined;
  let oldest = 0;
  for (const [index, { signal, input }] of members.entries()) {
    const bound = { time: signal.end - plan.timespanMicros, ns: signal.endNs };
    for (let one = members[oldest]?.signal; one !== undefined && one.end <= bound.time; )
      one = members[++oldest]?.signal;
    measure.expire(bound);
    for (const value of counted.of(signal, input)) measure.add(signal, 0, value);
    const value = measure.value();
    if (value === undefined) continue;
    const distance = distanceTo(value, body.bounds);
    if (nearest === undefined || distance <= nearest.distance)
      nearest = { value, signal, count: index - oldest + 1, distance };
  }
  return nearest;
}
