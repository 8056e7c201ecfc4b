import { IncidentBuilder, type IncidentOptions, type ProofOrReason, proofOf } from '../incident/index.ts';
import type { Alert, Decision, EventTime, Incident, Signal } from '../model/index.ts';
import type { IncidentProof, IncidentStage, IncidentStageMaker } from './cases.ts';
import type { StageRules } from './ruleset.ts';

/** What the stage remembers of an alert between its revisions, so that each of its signals is seen with the alert's figures. */
interface Known {
  readonly tactics: readonly string[];
  readonly severity: Alert['severity'];
  readonly confidence: number;
  readonly score: number;
  readonly remediation: readonly string[];
}

/** Alerts whose figures are remembered; about 200 bytes each. The one that was revised longest ago goes first. */
const ALERTS_MAX = 200_000;

/** How the stage is made, beside what the builder takes. */
export interface IncidentStageOptions extends Omit<IncidentOptions, 'leaving'> {
  /** Proofs are made before an incident is forgotten, so that `proofs` has all; else of those that are remembered. */
  readonly keepProofs?: boolean;
}

/** Makes the stage of incidents for a ruleset: its templates, and the settings of the builder. */
export function incidentStage(
  ruleset: Pick<StageRules, 'templates'>,
  options: IncidentStageOptions = {},
): IncidentStageMaker {
  return (saved) => new BuilderStage({ templates: ruleset.templates, ...options }, saved);
}

/** The builder of incidents behind the alerts: signals come with the figures of the alert that they went into. */
class BuilderStage implements IncidentStage {
  readonly #builder: IncidentBuilder;
  readonly #alerts = new Map<string, Known>();
  readonly #shown = new Set<string>();
  readonly #proven = new Map<string, ProofOrReason>();

  constructor({ keepProofs, ...given }: IncidentStageOptions, saved: Uint8Array | undefined) {
    const leaving = (id: string): void => {
      this.#proven.set(id, proofOf(this.#builder, id));
    };
    const options = keepProofs === true ? { ...given, leaving } : given;
    const parts = saved === undefined ? undefined : partsOf(saved);
    const restored = parts === undefined ? undefined : IncidentBuilder.restore(parts.builder, options);
    if (saved !== undefined && restored === undefined) throw new Error('this is no snapshot of incidents');
    this.#builder = restored ?? new IncidentBuilder(options);
    for (const [id, known] of parts?.alerts ?? []) this.#alerts.set(id, known);
  }

  accept(alert: Alert): void {
    const { id } = alert;
    const known = this.#alerts.get(id);
    if (known !== undefined) this.#alerts.delete(id);
    this.#alerts.set(id, known !== undefined && isSame(known, alert) ? known : knownOf(alert));
    if (this.#alerts.size <= ALERTS_MAX) return;
    for (const oldest of this.#alerts.keys()) {
      this.#alerts.delete(oldest);
      return;
    }
  }

  observe(signal: Signal, alert: string, at: EventTime): void {
    const known = this.#alerts.get(alert);
    if (known === undefined) return;
    const { correlation } = signal;
    this.#builder.accept({
      id: signal.id,
      alert,
      rule: signal.rule,
      time: signal.end,
      timeNs: signal.endNs,
      at: Math.max(at, signal.end),
      entities: signal.entities,
      tactics: known.tactics,
      severity: known.severity,
      confidence: known.confidence,
      score: known.score,
      remediation: known.remediation,
      ...(correlation?.retracted ? { retracts: correlation.revises ?? signal.id } : {}),
    });
  }

  advanceTo(at: EventTime): void {
    this.#builder.advanceTo(at);
  }

  apply(decision: Decision, at: EventTime): boolean {
    return this.#builder.apply(decision, at);
  }

  take(): readonly Incident[] {
    const told = this.#builder.take();
    for (const { id } of told) this.#shown.add(id);
    return told;
  }

  proofs(): readonly IncidentProof[] {
    return [...this.#shown].map((id) => ({ id, proof: this.#proven.get(id) ?? proofOf(this.#builder, id) }));
  }

  finish(): void {
    this.#builder.finish();
  }

  snapshot(): Uint8Array {
    const alerts = new TextEncoder().encode(JSON.stringify([...this.#alerts]));
    const builder = this.#builder.snapshot();
    const bytes = new Uint8Array(4 + alerts.length + builder.length);
    new DataView(bytes.buffer).setUint32(0, alerts.length, true);
    bytes.set(alerts, 4);
    bytes.set(builder, 4 + alerts.length);
    return bytes;
  }
}

function knownOf({ tactics, severity, confidence, score, remediation }: Alert): Known {
  return { tactics, severity, confidence, score, remediation };
}

/** Whether an alert's figures are what they were: most revisions only count. */
function isSame(known: Known, { tactics, severity, confidence, score, remediation }: Alert): boolean {
  return (
    known.severity === severity &&
    known.confidence === confidence &&
    known.score === score &&
    isSameList(known.tactics, tactics) &&
    isSameList(known.remediation, remediation)
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, i) => text === b[i]));
}

function partsOf(
  bytes: Uint8Array,
): { readonly alerts: readonly (readonly [string, Known])[]; readonly builder: Uint8Array } | undefined {
  if (bytes.length < 4) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (4 + length > bytes.length) return undefined;
  try {
    const alerts: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    return isKnown(alerts) ? { alerts, builder: bytes.subarray(4 + length) } : undefined;
  } catch {
    return undefined;
  }
}

/** What this program wrote is not looked at member by member. */
function isKnown(value: unknown): value is readonly (readonly [string, Known])[] {
  return Array.isArray(value);
}
