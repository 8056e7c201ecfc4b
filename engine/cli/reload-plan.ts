import { planReload, type ReloadStep } from '../correlate/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import { duration, eventTime, formatDuration, formatTime } from '../model/index.ts';
import { parseSnapshot, type Ruleset, type Snapshot } from '../pipeline/index.ts';
import { readWhole } from './read-whole.ts';
import { refusal } from './refusal.ts';
import { visible } from './render-finding.ts';

/** A snapshot read at most; the bound of its memory is far below. */
const SNAPSHOT_BYTES_MAX = 1024 * 1024 * 1024;

/** What a reload with these rules would do to the state in a snapshot file, as text or JSON; TT8021 where the file is none. */
export async function reloadPlanText(
  path: string,
  ruleset: Ruleset,
  format: 'text' | 'json',
): Promise<string | Diagnostic> {
  const bytes = await readWhole(path, SNAPSHOT_BYTES_MAX);
  const snapshot = typeof bytes === 'string' ? bytes : parseSnapshot(new TextDecoder().decode(bytes));
  if (typeof snapshot === 'string') {
    return refusal('TT8021', `${path}: ${snapshot}`, 'make one with `telltale scan --snapshot FILE …`');
  }
  const steps = planReload(snapshot.rules, ruleset.correlationPlan);
  return format === 'json' ? jsonText(snapshot, steps) : plainText(path, snapshot, steps);
}

function plainText(path: string, { watermark, rules }: Snapshot, steps: readonly ReloadStep[]): string {
  const before = new Map(rules.map((rule) => [rule.id, rule]));
  const at = watermark === undefined ? 'before any signal' : `at ${formatTime(eventTime(watermark))}`;
  const lines = steps.map(({ ruleId, action, rule, micros, reason }) => {
    const items = before.get(ruleId)?.items ?? 0;
    const title = rule?.title ?? before.get(ruleId)?.title ?? ruleId;
    const held = items === 0 ? '' : ` (${items} held)`;
    const back = micros === undefined ? '' : `, ${formatDuration(duration(micros))} back`;
    return `${action.padEnd(7)}  ${title}${held}: ${reason}${back}`;
  });
  const counts = ['keep', 'replay', 'reset', 'fresh', 'dropped'].map(
    (action) => `${steps.filter((step) => step.action === action).length} ${action}`,
  );
  return visible(`${[`${path}, taken ${at}`, ...lines, counts.join(', ')].join('\n')}\n`);
}

function jsonText({ ruleset, watermark, rules }: Snapshot, steps: readonly ReloadStep[]): string {
  const before = new Map(rules.map((rule) => [rule.id, rule]));
  const plan = steps.map(({ ruleId, action, rule, micros, reason }) => ({
    id: ruleId,
    title: rule?.title ?? before.get(ruleId)?.title,
    action,
    reason,
    ...(micros === undefined ? {} : { replayMicros: micros }),
    items: before.get(ruleId)?.items ?? 0,
  }));
  return `${JSON.stringify({ ruleset, ...(watermark === undefined ? {} : { watermark: formatTime(eventTime(watermark)) }), plan }, null, 2)}\n`;
}
