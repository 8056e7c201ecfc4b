import { incidentText } from '../adapters/index.ts';
import { hasErrors } from '../diagnostic/index.ts';
import type { Alert, Incident, Logsource } from '../model/index.ts';
import { proofText } from '../pipeline/index.ts';
import { readCases } from './case-file.ts';
import { EXIT, type ExitCode, exitCodeFor } from './exit-code.ts';
import { noCases } from './export-run.ts';
import type { FindingFormat } from './finding-formats.ts';
import { formatOf } from './format-of.ts';
import { openMappings } from './mapping-source.ts';
import { print, printToFile } from './print.ts';
import { type ProofSource, proofFor } from './proof-files.ts';
import { recordedOutcome } from './recorded-outcome.ts';
import { isDiagnostic, refusal, refuse } from './refusal.ts';
import { defaultRules, noRules, openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** A recording whose incidents are made anew. */
export interface ShowOver {
  readonly over: readonly string[];
  /** Empty for the rules that come with the package. */
  readonly rules: readonly string[];
  readonly mappings: readonly string[];
  readonly logsource: 'any' | Logsource;
}

/** Which incidents to show and how, checked. */
export interface ShowSettings {
  readonly read: { readonly from: string } | ShowOver;
  /** An id or its beginning; every incident where absent. */
  readonly id: string | undefined;
  readonly format: FindingFormat;
  /** Where to write the proof of the one that is shown. */
  readonly proof: string | undefined;
}

/** The cases to show from. */
interface Found {
  /** What they were read from, for messages. */
  readonly name: string;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Lines that were refused. */
  readonly refused: number;
  readonly proofs: ProofSource | undefined;
}

/**
 * Shows incidents of a file or of a recording, each in its last revision, and writes the proof of one. 3 where there is none (TT8032) or where the
 * beginning of an id fits several (TT8034), 1 where a line was refused or there is no proof (TT8053). Memory: the alerts and incidents.
 */
export async function runShow(terminal: Terminal, settings: ShowSettings): Promise<ExitCode> {
  const { id, format } = settings;
  const found = await ('from' in settings.read
    ? fromFile(terminal, settings.read.from)
    : overRecording(terminal, settings.read));
  if (typeof found === 'number') return found;
  const { alerts, incidents, name } = found;
  const chosen = [...incidents.values()].filter((one) => id === undefined || one.id.startsWith(id));
  if (chosen.length === 0) {
    const said = id === undefined ? `no incident in ${name}` : `no incident ${id} in ${name}`;
    return refuse(terminal, [
      refusal('TT8032', said, `it holds ${incidents.size} incidents; --all shows them`),
    ]);
  }
  const exact = chosen.filter((one) => one.id === id);
  const shown = exact.length > 0 ? exact : chosen;
  if (id !== undefined && shown.length > 1) {
    const ids = shown.map((one) => one.id).join(', ');
    return refuse(terminal, [
      refusal('TT8034', `${shown.length} incidents begin with ${id}`, `they are ${ids}`),
    ]);
  }
  const writer = formatOf(format, { emit: ['incidents'], palette: terminal.outPalette });
  const text =
    format === 'pretty'
      ? shown
          .map((incident) => incidentText(incident, { alerts, incidents, palette: terminal.outPalette }))
          .join('\n')
      : [writer.begin(), ...shown.map((incident) => writer.incident(incident)), writer.end()].join('');
  const printed = await print(terminal, text);
  if (printed !== EXIT.clean) return printed;
  const proven = await proveFirst(terminal, shown, { settings, proofs: found.proofs });
  if (proven !== EXIT.clean) return proven;
  return found.refused > 0 ? EXIT.findings : EXIT.clean;
}

/** Writes the proof that was asked for; 1 where there is none (TT8053). */
async function proveFirst(
  terminal: Terminal,
  [incident]: readonly Incident[],
  from: { readonly settings: ShowSettings; readonly proofs: ProofSource | undefined },
): Promise<ExitCode> {
  const { proof: path } = from.settings;
  if (path === undefined || incident === undefined || from.proofs === undefined) return EXIT.clean;
  const proof = proofFor(incident, from.proofs);
  if (typeof proof !== 'string') return printToFile(terminal, path, proofText(proof));
  refuse(terminal, [refusal('TT8053', `incident ${incident.id} has no proof: ${proof}`)]);
  return EXIT.findings;
}

async function fromFile(terminal: Terminal, from: string): Promise<Found | ExitCode> {
  const alerts = new Map<string, Alert>();
  const incidents = new Map<string, Incident>();
  const report = await readCases(from, (found) => {
    if (found.kind === 'alert') keepLatest(alerts, found.alert);
    else keepLatest(incidents, found.incident);
  });
  if (report.diagnostics.length > 0) refuse(terminal, report.diagnostics);
  const code = exitCodeFor(report.diagnostics.filter(({ code: one }) => one !== 'TT8031'));
  if (code !== EXIT.clean) return code;
  if (report.cases === 0) return refuse(terminal, [noCases(from)]);
  return { name: from, alerts, incidents, refused: report.refused, proofs: undefined };
}

async function overRecording(terminal: Terminal, given: ShowOver): Promise<Found | ExitCode> {
  const paths = given.rules.length > 0 ? given.rules : defaultRules();
  const [rules, mappings] = await Promise.all([
    openRules({ paths, placeholders: [] }),
    openMappings(given.mappings, given.logsource),
  ]);
  const { ruleset } = rules.compiled;
  if (mappings.schemas === undefined || hasErrors(mappings.diagnostics))
    return refuse(terminal, mappings.diagnostics);
  const errors = rules.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return refuse(terminal, errors, rules.sourceOf);
  if (rules.files.length === 0) return refuse(terminal, [noRules(paths)]);
  const outcome = await recordedOutcome(ruleset, {
    inputs: given.over,
    schemas: mappings.schemas,
    report: (found) => void refuse(terminal, found),
    policies: rules.policies,
    keepProofs: true,
  });
  if (isDiagnostic(outcome)) return refuse(terminal, [outcome]);
  return {
    name: given.over.join(', '),
    alerts: new Map(outcome.alerts.map((one) => [one.id, one])),
    incidents: new Map(outcome.incidents.map((one) => [one.id, one])),
    refused: 0,
    proofs: { ruleset, policies: rules.policies, proofs: outcome.proofs },
  };
}

/** A file may hold several revisions of one case, in any order. */
function keepLatest<T extends { readonly id: string; readonly revision: number }>(
  all: Map<string, T>,
  one: T,
): void {
  const known = all.get(one.id);
  if (known === undefined || known.revision <= one.revision) all.set(one.id, one);
}
