import { IncidentBuilder, type IncidentOptions, type ProofOrReason, proofOf } from '../incident/index.ts';
import type {
  Alert,
  Decision,
  Entity,
  EventTime,
  Incident,
  Signal,
  StandingDecision,
} from '../model/index.ts';
import type { IncidentProof, IncidentStage, IncidentStageMaker } from './cases.ts';
import { HostNames, type SavedHostNames } from './host-names.ts';
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
  readonly #hosts = new HostNames();
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
    this.#hosts.load(parts?.hosts ?? []);
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
      entities: this.#named(signal.entities),
      tactics: known.tactics,
      severity: known.severity,
      confidence: known.confidence,
      score: known.score,
      remediation: known.remediation,
      ...(correlation?.retracted ? { retracts: correlation.revises ?? signal.id } : {}),
    });
  }

  /** The entities under the names by which their hosts are known. Signals come in the order of time, so all ways of arriving give the same. */
  #named(entities: readonly Entity[]): readonly Entity[] {
    if (!entities.some(({ type }) => type === 'host')) return entities;
    const named: Entity[] = [];
    for (const entity of entities) {
      const value = entity.type === 'host' ? this.#hosts.nameOf(entity.value) : entity.value;
      if (
        entity.type === 'host' &&
        named.some((one) => one.type === 'host' && one.role === entity.role && one.value === value)
      )
        continue;
      named.push(value === entity.value ? entity : { ...entity, value });
    }
    return named;
  }

  advanceTo(at: EventTime): void {
    this.#builder.advanceTo(at);
  }

  apply(decision: Decision, at: EventTime): boolean {
    return this.#builder.apply(decision, at);
  }

  standing(): readonly StandingDecision[] {
    return this.#builder.standing();
  }

  take(): readonly Incident[] {
    const told = this.#builder.take();
    for (const { id } of told) this.#shown.add(id);
    return told;
  }

  proofs(): readonly IncidentProof[] {
    return [...this.#shown].map((id) => ({ id, proof: this.#proven.get(id) ?? proofOf(this.#builder, id) }));
  }

  proof(id: string): ProofOrReason {
    return this.#proven.get(id) ?? proofOf(this.#builder, id);
  }

  finish(): void {
    this.#builder.finish();
  }

  snapshot(): Uint8Array {
    const saved: SavedStage = { alerts: [...this.#alerts], hosts: this.#hosts.save() };
    const alerts = new TextEncoder().encode(JSON.stringify(saved));
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

/** What stands before the builder's bytes in a snapshot. */
interface SavedStage {
  readonly alerts: readonly (readonly [string, Known])[];
  readonly hosts: SavedHostNames;
}

function partsOf(bytes: Uint8Array): (SavedStage & { readonly builder: Uint8Array }) | undefined {
  if (bytes.length < 4) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (4 + length > bytes.length) return undefined;
  try {
    const saved: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    return isStage(saved) ? { ...saved, builder: bytes.subarray(4 + length) } : undefined;
  } catch {
    return undefined;
  }
}

/** What this program wrote is not looked at member by member. */
function isStage(value: unknown): value is SavedStage {
  return typeof value === 'object' && value !== null && 'alerts' in value && 'hosts' in value;
}
