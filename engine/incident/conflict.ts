import type { Case } from './case.ts';
import { spanText } from './links.ts';
import type { IncidentSettings } from './settings.ts';

/** Whether a case may still change by what happens. */
export function isLive(one: Case): boolean {
  return (
    one.state === 'candidate' || one.state === 'open' || one.state === 'active' || one.state === 'contained'
  );
}

/** Why two cases must not become one; undefined where they may. */
export function conflict(a: Case, b: Case, settings: IncidentSettings): string | undefined {
  if (!isLive(a) || !isLive(b)) return 'one of them is closed';
  if (a.neverWith.has(b.id) || b.neverWith.has(a.id)) return 'decided to be never together';
  for (const alert of b.parts.keys()) if (a.neverWith.has(alert)) return 'decided to be never together';
  for (const alert of a.parts.keys()) if (b.neverWith.has(alert)) return 'decided to be never together';
  if (a.assignee !== undefined && b.assignee !== undefined && a.assignee !== b.assignee)
    return 'different people work on them';
  if (a.verdict !== undefined && b.verdict !== undefined && a.verdict !== b.verdict)
    return 'they were judged differently';
  if (a.parts.size + b.parts.size > settings.limits.members)
    return `together they have more than ${settings.limits.members} alerts`;
  if (Math.max(a.last, b.last) - Math.min(a.first, b.first) > settings.longest)
    return `together they are longer than ${spanText(settings.longest)}`;
  return undefined;
}
