import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RuleFile } from '../../engine/language/index.ts';
import type { Incident } from '../../engine/model/index.ts';
import { compileRuleset, incidentStage, RecordingStages } from '../../engine/pipeline/index.ts';
import { newTally, scanLines } from '../../engine/runtime/index.ts';
import { publicRuleFiles } from '../conformance/public-set.ts';
import { type ProofShares, proofShares } from './incident-proofs.ts';
import { say, type Table } from './report.ts';
import { engineOn } from './scanning.ts';

/** Our rules, beside the public ones. */
const ROOT = resolve(import.meta.dirname, '..', '..', '..');
/** Tactics that a recording of a host can show, by id in the operator's file; the rules name defence evasion by its newer names as well. */
const TACTICS: Readonly<Record<string, readonly string[]>> = {
  TA0002: ['execution'],
  TA0003: ['persistence'],
  TA0004: ['privilege-escalation'],
  TA0005: ['defense-evasion', 'stealth', 'defense-impairment'],
  TA0006: ['credential-access'],
  TA0007: ['discovery'],
  TA0008: ['lateral-movement'],
};

/** Figures of one recording. The file that the operator wrote is read by the scorer alone. */
export interface CampaignScore {
  readonly signals: number;
  /** Incidents at the end, without those that were merged into another. */
  readonly incidents: number;
  /** Of the tactics that the operator names, how many the best incident shows, and of how many. */
  readonly tactics: number;
  readonly tacticsTotal: number;
  readonly members: number;
  /** Confidence of the best incident, and of the next. */
  readonly confidence: number;
  readonly next: number;
  readonly proofs: ProofShares;
}

/** Runs `otrf/lsass-campaign-*` with our rules and the public ones; nothing where the recordings are not there. */
export function scoreCampaigns(data: string): Readonly<Record<string, CampaignScore>> {
  const folder = join(data, 'otrf');
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((file) => file.endsWith('.ndjson.gz'));
  const { ruleset } = compileRuleset([
    ...ownFiles('rules'),
    ...ownFiles('correlations'),
    ...publicRuleFiles(data),
  ]);
  const engine = engineOn(ruleset);
  return Object.fromEntries(
    files.sort().map((file) => {
      const name = basename(file, '.ndjson.gz');
      say(`${name} …`);
      const tally = newTally();
      scanLines(engine, { bytes: gunzipSync(readFileSync(join(folder, file))), file, line: 1 }, tally);
      const stages = new RecordingStages(ruleset, {
        incidents: incidentStage(ruleset, { keepProofs: true }),
      });
      stages.take(tally.signals);
      const told = stages.finish().incidents;
      const last = [...new Map(told.map((incident) => [incident.id, incident])).values()];
      return [
        name,
        scoreOf(last, {
          signals: tally.signals.length,
          notes: join(folder, `${name}.yaml`),
          proofs: proofShares(last, stages.proofs()),
        }),
      ];
    }),
  );
}

/** The proofs of the recording that comes with the package, by the rules that come with it. */
export function sampleProofs(): ProofShares {
  const { ruleset } = compileRuleset([...ownFiles('rules'), ...ownFiles('correlations')]);
  const tally = newTally();
  const file = join(ROOT, 'examples', 'intrusion.ndjson');
  scanLines(engineOn(ruleset), { bytes: readFileSync(file), file, line: 1 }, tally);
  const stages = new RecordingStages(ruleset, { incidents: incidentStage(ruleset, { keepProofs: true }) });
  stages.take(tally.signals);
  const told = stages.finish().incidents;
  const last = [...new Map(told.map((incident) => [incident.id, incident])).values()];
  return proofShares(last, stages.proofs());
}

function scoreOf(
  last: readonly Incident[],
  {
    signals,
    notes,
    proofs,
  }: { readonly signals: number; readonly notes: string; readonly proofs: ProofShares },
): CampaignScore {
  const standing = last.filter(({ state }) => state !== 'redirected' && state !== 'retracted');
  const [best, next] = standing.sort((a, b) => b.confidence - a.confidence);
  const text = existsSync(notes) ? readFileSync(notes, 'utf8') : '';
  const wanted = [...new Set(text.match(/\bTA\d{4}\b/g) ?? [])].flatMap((id) =>
    TACTICS[id] === undefined ? [] : [TACTICS[id]],
  );
  const shown = new Set(best?.stages.map(({ tactic }) => tactic));
  return {
    signals,
    incidents: standing.length,
    tactics: wanted.filter((names) => names.some((name) => shown.has(name))).length,
    tacticsTotal: wanted.length,
    members: best?.membersTotal ?? 0,
    confidence: best?.confidence ?? 0,
    next: next?.confidence ?? 0,
    proofs,
  };
}

function ownFiles(folder: string): RuleFile[] {
  const root = join(ROOT, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yml'))
    .sort()
    .map((path) => ({ path: join(root, path), text: readFileSync(join(root, path), 'utf8') }));
}

/** The figures as a table. */
export function campaignTable(scores: Readonly<Record<string, CampaignScore>>): Table {
  return {
    title: 'Campaigns on one host, by our rules and the public ones',
    head: [
      'recording',
      'signals',
      'incidents',
      'tactics of the operator',
      'members',
      'confidence',
      'of the next',
      'least evidence, by replay',
      'fire again from the file',
    ],
    rows: Object.entries(scores).map(([name, one]) => [
      name,
      one.signals,
      one.incidents,
      `${one.tactics}/${one.tacticsTotal}`,
      one.members,
      one.confidence.toFixed(3),
      one.next.toFixed(3),
      `${one.proofs.least}/${one.proofs.incidents}`,
      `${one.proofs.again}/${one.proofs.incidents}`,
    ]),
    notes: [
      'Minutes of one host, without a past: what rules declare decides. All three recordings were looked at while the method was designed.',
    ],
  };
}
