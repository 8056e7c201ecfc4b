import { duration, formatDuration } from '../model/index.ts';
import type { NearMiss } from './explain.ts';
import { type Member, plural } from './explain-text.ts';
import { tuplesOf } from './key.ts';
import type { NodePlan } from './plan.ts';

/** Why nothing was new to a group: how many firings had known values, and how many came while the group was still being watched. O(values). */
export function missOfFirstSeen(
  plan: NodePlan,
  { warmupMicros }: Extract<NodePlan['body'], { kind: 'first_seen' }>,
  members: readonly Member[],
): Omit<NearMiss, 'group'> {
  const { timespanMicros, cased } = plan;
  const seen = new Map<string, number>();
  let since = members[0]?.signal.end ?? 0;
  let last = since;
  let without = 0;
  let known = 0;
  let early = 0;
  for (const { signal, input } of members) {
    const { end } = signal;
    const values = tuplesOf(signal, input.valueFields, cased);
    if (values.length === 0) {
      without++;
      continue;
    }
    // A group that was silent for the whole timespan begins anew.
    if (end - last >= timespanMicros) since = end as typeof since;
    const fresh = values.some((value) => {
      const before = seen.get(value);
      return before === undefined || before <= end - timespanMicros;
    });
    for (const value of values) seen.set(value, end);
    last = end;
    if (!fresh) known++;
    else if (end - since < warmupMicros) early++;
  }
  const span = formatDuration(duration(timespanMicros));
  const warmup = formatDuration(duration(warmupMicros));
  const fields = [...new Set(members.flatMap(({ input }) => input.valueFields))].join(', ');
  const parts = [plural(members.length, 'firing')];
  if (known > 0) parts.push(`${known} with a ${fields} known for less than ${span}`);
  if (early > 0) parts.push(`${early} new while the group was being watched (warmup ${warmup})`);
  if (without > 0) parts.push(`${without} without ${fields}`);
  return {
    progress: members.length === 0 ? 0 : (known + early * 0.5) / (2 * members.length),
    text: parts.join('; '),
  };
}
