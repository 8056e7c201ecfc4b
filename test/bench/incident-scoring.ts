import type { Incident } from '../../engine/model/index.ts';

/** One row of a scenario: when, and what the two labels call it. Only the scorer sees labels. */
export interface LabelledRow {
  readonly time: number;
  readonly labels: Readonly<Record<LabelColumn, string>>;
}

/** The two ways in which the data set is labelled: by the time windows of the attack, and by event. */
export type LabelColumn = 'time_label' | 'event_label';
export const LABEL_COLUMNS: readonly LabelColumn[] = ['time_label', 'event_label'];

/** What a column calls a row that is no attack. */
const HARMLESS: Readonly<Record<LabelColumn, string>> = { time_label: 'false_positive', event_label: '-' };

/** A scenario as the scorer sees it. */
export interface Scenario {
  /** By kind of alert and host: rows in the order of time. */
  readonly rows: ReadonlyMap<string, readonly LabelledRow[]>;
  /** By alert id: its kind and host. */
  readonly keyOf: ReadonlyMap<string, string>;
  readonly first: number;
  readonly last: number;
}

/** An incident's revisions, in order, each with the time at which it was told. */
export interface Told {
  readonly revisions: readonly { readonly at: number; readonly incident: Incident }[];
}

/** The figures of one scenario and label column. */
export interface IncidentScore {
  readonly alerts: number;
  readonly incidents: number;
  readonly touching_attack: number;
  readonly false_per_day: number;
  readonly steps_covered: number;
  /** Of these: by what speaks for the incident, not only by what is shown around it. */
  readonly steps_by_evidence: number;
  readonly steps_total: number;
  readonly steps_missed: readonly string[];
  readonly purity: number;
  readonly purity_weighted: number;
  readonly completeness: number;
  /** By step: from its first alert to the revision that first holds one, minutes. */
  readonly delay_minutes: Readonly<Record<string, number>>;
}

const MICROS_PER_DAY = 86_400_000_000;
const MICROS_PER_MINUTE = 60_000_000;

/**
 * Scores the incidents of a scenario against one label column.
 *
 * An incident counts in its last state; those told within the first day are not counted, nor are steps that were over by then. A row belongs to an incident
 * where a member of its kind and host spans its time. Touching the attack: evidence (not context) with an attack row. False: shown, and
 * not touching, a day after the first. Purity: share of attack rows, mean over the incidents that touch (plain) and over their rows (weighted).
 * Completeness: share of attack rows that are in an incident.
 */
export function scoreIncidents(
  told: readonly Told[],
  scenario: Scenario,
  {
    column,
    teach,
    alerts,
  }: { readonly column: LabelColumn; readonly teach: number; readonly alerts: number },
): IncidentScore {
  const isAttack = (label: string): boolean => label !== HARMLESS[column];
  const steps = new Map<string, number>();
  let attackRows = 0;
  for (const rows of scenario.rows.values()) {
    for (const row of rows) {
      const label = row.labels[column];
      if (!isAttack(label) || row.time < scenario.first + teach) continue;
      attackRows++;
      steps.set(label, Math.min(steps.get(label) ?? row.time, row.time));
    }
  }
  const covered = new Set<string>();
  const byEvidence = new Set<string>();
  const delays = new Map<string, number>();
  let incidents = 0;
  let touching = 0;
  let harmless = 0;
  const purities: number[] = [];
  let inside = 0;
  let insideAttack = 0;
  const taken = new Set<LabelledRow>();
  for (const { revisions } of told) {
    const last = revisions.at(-1)?.incident;
    const first = revisions[0];
    if (last === undefined || first === undefined || first.at < scenario.first + teach) continue;
    if (last.state === 'redirected' || last.state === 'retracted' || last.state === 'candidate') continue;
    incidents++;
    let rows = 0;
    let attack = 0;
    let evidence = 0;
    each(last, scenario, (row, role) => {
      rows++;
      const label = row.labels[column];
      if (!isAttack(label)) return;
      attack++;
      taken.add(row);
      covered.add(label);
      if (role === 'evidence') {
        evidence++;
        byEvidence.add(label);
      }
    });
    if (evidence === 0) {
      harmless++;
      continue;
    }
    touching++;
    purities.push(rows === 0 ? 0 : attack / rows);
    inside += rows;
    insideAttack += attack;
    for (const { at, incident } of revisions) {
      each(incident, scenario, (row) => {
        const label = row.labels[column];
        const begun = steps.get(label);
        if (begun === undefined || delays.has(label)) return;
        delays.set(label, Math.round((at - begun) / MICROS_PER_MINUTE));
      });
    }
  }
  const days = (scenario.last - scenario.first - teach) / MICROS_PER_DAY;
  const total = [...steps.keys()];
  return {
    alerts,
    incidents,
    touching_attack: touching,
    false_per_day: harmless / days,
    steps_covered: total.filter((step) => covered.has(step)).length,
    steps_by_evidence: total.filter((step) => byEvidence.has(step)).length,
    steps_total: total.length,
    steps_missed: total.filter((step) => !covered.has(step)),
    purity: purities.length === 0 ? 0 : purities.reduce((sum, one) => sum + one, 0) / purities.length,
    purity_weighted: inside === 0 ? 0 : insideAttack / inside,
    completeness: attackRows === 0 ? 0 : taken.size / attackRows,
    delay_minutes: Object.fromEntries([...delays].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function each(
  incident: Incident,
  { rows, keyOf }: Scenario,
  see: (row: LabelledRow, role: 'evidence' | 'context') => void,
): void {
  for (const { alert, firstSeen, lastSeen, role } of incident.members) {
    const own = rows.get(keyOf.get(alert) ?? '') ?? [];
    for (let i = lowerBound(own, firstSeen); i < own.length; i++) {
      const row = own[i];
      if (row === undefined || row.time > lastSeen) break;
      see(row, role);
    }
  }
}

function lowerBound(rows: readonly LabelledRow[], time: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((rows[mid]?.time ?? 0) < time) low = mid + 1;
    else high = mid;
  }
  return low;
}
