import type { Palette } from '../diagnostic/index.ts';
import { formatTime } from '../model/index.ts';
import {
  isProofProblem,
  type LoadedNow,
  type Proof,
  type ProofVerdict,
  type ProvenPiece,
  type ProvenRule,
  readProof,
  verifyProof,
} from '../pipeline/index.ts';
import { type DecidedAgain, decideAgain, renderTrace } from '../policy/index.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { print } from './print.ts';
import { readWhole } from './read-whole.ts';
import { refusal, refuse } from './refusal.ts';
import { visible } from './render-finding.ts';
import { noRules, openRules } from './rule-source.ts';
import type { Terminal } from './terminal.ts';

/** Which proof to replay and how, checked. */
export interface VerifySettings {
  readonly file: string;
  /** Rules to compare with; none where empty. */
  readonly rules: readonly string[];
  readonly format: 'pretty' | 'json';
}

const BYTES_MAX = 64 * 1024 * 1024;

/**
 * Replays a proof alone and says whether its incident stands again. 0 where everything is as the proof says; 1 where something is not, or where the
 * file was changed (TT8052); 3 where it is no proof (TT8051).
 */
export async function runVerify(terminal: Terminal, settings: VerifySettings): Promise<ExitCode> {
  const { file } = settings;
  const bytes = await readWhole(file, BYTES_MAX);
  if (typeof bytes === 'string') return refuse(terminal, [refusal('TT8051', `${file}: ${bytes}`)]);
  const proof = readProof(new TextDecoder().decode(bytes));
  if (isProofProblem(proof)) {
    const code = proof.kind === 'form' ? 'TT8051' : 'TT8052';
    const refused = refuse(terminal, [refusal(code, `${file}: ${proof.reason}`)]);
    return proof.kind === 'form' ? refused : EXIT.findings;
  }
  const now = await loadedNow(terminal, settings.rules);
  if (typeof now === 'number') return now;
  const replayed = verifyProof(proof, now);
  const decided = await Promise.all((proof.decisions ?? []).map(({ decision }) => decideAgain(decision)));
  const verdict = { ...replayed, differences: [...replayed.differences, ...otherDecisions(proof, decided)] };
  const text =
    settings.format === 'json'
      ? `${JSON.stringify(verdictRecord(proof, verdict, decided), null, 2)}\n`
      : verdictText(proof, { verdict, decided, palette: terminal.outPalette });
  const written = await print(terminal, text);
  if (written !== EXIT.clean) return written;
  return verdict.differences.length === 0 ? EXIT.clean : EXIT.findings;
}

/** What is loaded from paths; undefined where none is named, an exit code where they hold none. */
async function loadedNow(
  terminal: Terminal,
  paths: readonly string[],
): Promise<LoadedNow | ExitCode | undefined> {
  if (paths.length === 0) return undefined;
  const { compiled, policies, findings, sourceOf, files } = await openRules({ paths, placeholders: [] });
  if (files.length === 0) return refuse(terminal, [noRules(paths)]);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) refuse(terminal, errors, sourceOf);
  const { alertPlan, templates } = compiled.ruleset;
  const rules: ProvenRule[] = [
    ...alertPlan.rules.map(({ rule }) => rule),
    ...templates.map(({ meta }) => ({ kind: 'incident' as const, ...meta })),
    ...policies.policies.map(({ rule: { meta } }) => ({ kind: 'policy' as const, ...meta })),
  ];
  return { rules, templates };
}

/** Decisions of policies that say something else when they are asked again. */
function otherDecisions(
  { decisions = [] }: Proof,
  decided: readonly DecidedAgain[],
): ProofVerdict['differences'] {
  return decided.flatMap((again, i) =>
    again.kind === 'different'
      ? [
          {
            of: `the decision of ${decisions[i]?.decision.by ?? ''}`,
            said: 'the policy says so by the facts it was told',
            found: again.reason,
          },
        ]
      : [],
  );
}

function verdictRecord(
  proof: Proof,
  { standing, dropped, differences, notes }: ProofVerdict,
  decided: readonly DecidedAgain[],
): object {
  return {
    incident: proof.incident.id,
    holds: differences.length === 0,
    least: proof.least,
    standing,
    dropped: dropped.map(({ piece, standing: left }) => ({
      signal: piece.sighting.id,
      rule: piece.sighting.rule.id,
      ...left,
    })),
    ...(proof.decisions === undefined
      ? {}
      : {
          decisions: proof.decisions.map(({ decision, needed, without }, i) => ({
            by: decision.by,
            needed,
            without,
            again: decided[i],
          })),
        }),
    differences,
    notes,
  };
}

function verdictText(
  proof: Proof,
  {
    verdict: { standing, dropped, differences, notes },
    decided,
    palette,
  }: {
    readonly verdict: ProofVerdict;
    readonly decided: readonly DecidedAgain[];
    readonly palette: Palette;
  },
): string {
  const { incident, pieces } = proof;
  const lines = [
    palette.strong(visible(`incident ${incident.id}: ${incident.title}`)),
    `as it was told: revision ${incident.revision}, ${incident.state}, ${incident.severity}, confidence ${incident.confidence}, score ${incident.score}, ${incident.alerts} alerts`,
    standing.stands
      ? `replayed from ${pieces.length} signals alone: it stands, ${standing.severity}, confidence ${standing.confidence}, score ${standing.score}${standing.stages.length === 0 ? '' : `, stages ${standing.stages.join(', ')}`}`
      : `replayed from ${pieces.length} signals alone: it does not stand (confidence ${standing.confidence})`,
    '',
    palette.strong('without'),
    ...dropped.map(({ piece, standing: left }) =>
      visible(
        `  ${left.stands ? 'it stands' : 'it falls'}, confidence ${left.confidence.toFixed(4)}: ${pieceText(piece)}`,
      ),
    ),
    ...pieces
      .filter(({ use }) => use !== 'carries')
      .map((piece) => visible(`  ${OTHER[piece.use]}: ${pieceText(piece)}`)),
    ...decisionLines(proof, decided),
    ...notShown(proof),
    ...(proof.least ? [] : ['  the search for the least evidence was given up: not all of these are needed']),
    ...notes.map((note) => palette.faint(visible(`note: ${note}`))),
    '',
  ];
  if (differences.length === 0)
    return `${[...lines, palette.strong('the proof holds: everything is as it says')].join('\n')}\n`;
  const shown = differences.map(({ of, said, found }) =>
    palette.error(visible(`  ${of}: the proof says ${said}; found ${found}`)),
  );
  return `${[...lines, palette.strong(`the proof does not hold: ${differences.length} of its statements differ`), ...shown].join('\n')}\n`;
}

/** What was decided, whether the incident needs it, and whether its policy says so again. */
function decisionLines({ decisions = [] }: Proof, decided: readonly DecidedAgain[]): readonly string[] {
  return decisions.flatMap(({ decision, needed, without }, i) => {
    const left = `${needed ? 'it falls' : 'it stands'}, confidence ${without.toFixed(4)}`;
    const again = decided[i];
    const lines = [visible(`  ${left}: what ${decision.by} decided (${decision.reason})`)];
    if (again?.kind === 'taken') return [...lines, visible(`    not decided again: ${again.reason}`)];
    if (again?.kind !== 'same') return lines;
    return [
      ...lines,
      '    asked again with the facts it was told, the policy decides the same:',
      ...renderTrace(again.trace, '    ').map(visible),
    ];
  });
}

/** Stages that the incident had, and that the pieces do not show by themselves. */
function notShown({ incident, stands }: Proof): readonly string[] {
  const rest = incident.stages.filter((tactic) => !stands.stages.includes(tactic));
  return rest.length === 0 ? [] : [`  stages that only all of its alerts show: ${rest.join(', ')}`];
}

const OTHER: Readonly<Record<'carries' | 'stage' | 'against', string>> = {
  carries: 'carries it',
  stage: 'shows a stage',
  against: 'speaks against it',
};

function pieceText({ sighting, reason }: ProvenPiece): string {
  const { rule, time, entities, id } = sighting;
  const about = entities.slice(0, 3).map(({ type, value }) => `${type}=${value}`);
  const why = reason === '' ? 'a part of the template' : reason;
  return `${formatTime(time)}  ${rule.title}  ${about.join(' ')}  (${why})  signal ${id}`;
}
