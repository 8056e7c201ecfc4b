import { listEventFiles, readChunks } from '../adapters/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import type { Enrichment } from '../intel/index.ts';
import type { Decision, Signal } from '../model/index.ts';
import {
  Engine,
  type EngineOptions,
  type IncidentProof,
  incidentStage,
  type Outcome,
  RecordingStages,
  type Ruleset,
} from '../pipeline/index.ts';
import { type PolicyPlan, withFeeds } from '../policy/index.ts';
import { nativeDigest, scan } from '../runtime/index.ts';
import { openIntel } from './intel-source.ts';
import { refusal } from './refusal.ts';
import { ScanPolicies } from './scan-policies.ts';

/** What to run rules over, and with what. */
export interface RecordedRun {
  readonly inputs: readonly string[];
  readonly schemas: EngineOptions['schemas'];
  /** Told of what is wrong with the feeds of the rules; the rest of them is asked. */
  readonly report: (found: readonly Diagnostic[]) => void;
  /** What is known of addresses, assets and people; nothing where absent. */
  readonly enrichment?: Enrichment | undefined;
  /** They decide without outside facts but the feeds'; none where absent. */
  readonly policies?: PolicyPlan;
  /** Verdicts and the like, in event time. */
  readonly decisions?: readonly Decision[];
  /** What proves each incident is made, too. */
  readonly keepProofs?: boolean;
}

/** What rules make of a recording. */
export interface RecordedOutcome extends Outcome {
  readonly proofs: readonly IncidentProof[];
}

/**
 * Runs rules over a recording on this thread: all signals, and the last revision of every alert and incident. A finding where a file cannot be
 * read, or no event was (TT8002). Memory: the signals, alerts and incidents.
 */
export async function recordedOutcome(
  ruleset: Ruleset,
  run: RecordedRun,
): Promise<RecordedOutcome | Diagnostic> {
  const { inputs, schemas, policies, decisions, keepProofs, enrichment } = run;
  const { snapshot, diagnostics } = await openIntel(ruleset);
  if (diagnostics.length > 0) run.report(diagnostics);
  const engine = new Engine(ruleset, {
    digest: nativeDigest,
    ...(snapshot === undefined ? {} : { intel: snapshot }),
    ...(schemas === undefined ? {} : { schemas }),
    ...(enrichment === undefined ? {} : { enrichment: enrichment.parts }),
  });
  const stages = new RecordingStages(ruleset, {
    until: 'cases',
    incidents: incidentStage(ruleset, { keepProofs: keepProofs === true }),
    ...(decisions === undefined ? {} : { decisions }),
    ...(enrichment === undefined ? {} : { asset: (entity) => enrichment.worthOf(entity) }),
  });
  const sources = withFeeds([], snapshot === undefined ? undefined : () => snapshot);
  const signals: Signal[] = [];
  const alerts = new Map<string, Outcome['alerts'][number]>();
  const incidents = new Map<string, Outcome['incidents'][number]>();
  const report = await scan(
    engine,
    { inputs, threads: 1 },
    {
      files: { listEventFiles, readChunks },
      signals: (found) => {
        signals.push(...found);
        return undefined;
      },
      // The last revision of each is what became of it.
      cases: async (found) => {
        const settled =
          policies === undefined
            ? found
            : await new ScanPolicies(policies, sources).settle(found, (decision) => stages.apply(decision));
        for (const alert of settled.alerts) alerts.set(alert.id, alert);
        for (const incident of settled.incidents) incidents.set(incident.id, incident);
      },
      stages,
    },
  );
  const [failed] = report.diagnostics.filter(
    ({ severity, code }) => severity === 'error' && !code.startsWith('TT2'),
  );
  if (failed !== undefined) return failed;
  if (report.events === 0) return refusal('TT8002', `no event in ${inputs.join(', ')}`);
  return {
    signals,
    alerts: [...alerts.values()],
    incidents: [...incidents.values()],
    proofs: keepProofs === true ? stages.proofs() : [],
  };
}
