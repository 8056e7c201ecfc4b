import {
  type CaseDecision,
  DEFAULT_SETTINGS,
  openedId,
  type ProofContent,
  type ProofPiece,
  rulesOf,
  type Standing,
  standingOf,
} from '../incident/index.ts';
import { canonicalJson, type Incident, type RuleRef, sha256 } from '../model/index.ts';
import { PROOF_SCHEMA, PROOF_VERSION } from './proof-schema.ts';
import { schemaProblem } from './schema-check.ts';

/** A rule as a proof names it. */
export type ProvenRule = Pick<RuleRef, 'kind' | 'id' | 'title' | 'version' | 'hash'>;

/** A piece, and what is left without it. */
export interface ProvenPiece extends ProofPiece {
  /** Of carrying pieces: the confidence without it. */
  readonly without?: number;
}

/** A decision, and what is left without it. */
export interface ProvenDecision extends CaseDecision {
  /** Whether the incident stands without it. */
  readonly needed: boolean;
  /** The confidence without it. */
  readonly without: number;
}

/** The proof of one incident: `PROOF_SCHEMA` says what each member is. */
export interface Proof extends Omit<ProofContent, 'id' | 'pieces' | 'decisions'> {
  readonly telltale: 'proof';
  readonly version: number;
  readonly incident: Pick<
    Incident,
    'id' | 'revision' | 'state' | 'title' | 'severity' | 'confidence' | 'score'
  > & { readonly stages: readonly string[]; readonly alerts: number };
  readonly stands: Extract<Standing, { readonly stands: true }>;
  readonly least: boolean;
  readonly pieces: readonly ProvenPiece[];
  /** Absent where nothing was decided that it rests on. */
  readonly decisions?: readonly ProvenDecision[];
  readonly rules: readonly ProvenRule[];
  readonly policies: readonly ProvenRule[];
  readonly ruleset: string;
  readonly digest: string;
}

/** What a proof is made of. */
export interface ProofMaterial {
  readonly content: ProofContent;
  readonly least: boolean;
  /** The incident in its last revision. */
  readonly incident: Incident;
  /** Hash of the ruleset. */
  readonly ruleset: string;
  /** Every policy that was loaded. */
  readonly policies: readonly ProvenRule[];
}

/** Makes a proof; undefined where the pieces do not make the incident again, which `proofOf` has ruled out. Cost: a replay a piece. */
export function makeProof(material: ProofMaterial): Proof | undefined {
  const { content, incident } = material;
  const { id, pieces, decisions, ...frame } = content;
  const stands = standingOf(content);
  if (!stands.stands) return undefined;
  const templates = content.templates.map(({ meta }) => provenRule({ kind: 'incident', ...meta }));
  const proof: Omit<Proof, 'digest'> = {
    telltale: 'proof',
    version: PROOF_VERSION,
    incident: {
      id,
      revision: incident.revision,
      state: incident.state,
      title: incident.title,
      severity: incident.severity,
      confidence: incident.confidence,
      score: incident.score,
      stages: incident.stages.map(({ tactic }) => tactic),
      alerts: incident.membersTotal,
    },
    stands,
    least: material.least,
    pieces: pieces.map((piece) =>
      piece.use === 'carries' ? { ...piece, without: withoutPiece(content, piece).confidence } : piece,
    ),
    ...(decisions.length === 0
      ? {}
      : { decisions: decisions.map((one, i) => ({ ...one, ...withoutDecision(content, i) })) }),
    rules: [...rulesOf(content).map(provenRule), ...templates],
    policies: decidedBy(incident, material.policies),
    ruleset: material.ruleset,
    ...frame,
  };
  return { ...proof, digest: digestOf(proof) };
}

/** A proof as text: one JSON document, the same bytes for the same proof. */
export function proofText(proof: Proof): string {
  return `${JSON.stringify(proof, null, 1)}\n`;
}

/** What is wrong with a file that should be a proof. `digest`: it is one, and was changed. */
export interface ProofProblem {
  readonly kind: 'form' | 'digest';
  readonly reason: string;
}

/** Reads a proof; nothing of it is believed before its form and its digest are checked. */
export function readProof(text: string): Proof | ProofProblem {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return { kind: 'form', reason: 'it is not JSON' };
  }
  const problem = schemaProblem(PROOF_SCHEMA, read);
  if (problem !== undefined || !isProof(read)) return { kind: 'form', reason: problem ?? 'it is no proof' };
  const { digest, ...rest } = read;
  const found = digestOf(rest);
  if (digest === found) return read;
  return { kind: 'digest', reason: `it says ${digest}, its content gives ${found}` };
}

/** Whether what was read is a problem. */
export function isProofProblem(read: Proof | ProofProblem): read is ProofProblem {
  return 'reason' in read && !('digest' in read);
}

/** The schema was checked before: this only says so to the compiler. */
function isProof(value: unknown): value is Proof {
  return typeof value === 'object' && value !== null && 'telltale' in value;
}

/** One thing that is not as the proof says. */
export interface ProofDifference {
  /** What differs, such as `confidence` or `rule 1234`. */
  readonly of: string;
  readonly said: string;
  readonly found: string;
}

/** What a proof comes to. */
export interface ProofVerdict {
  /** What its pieces make, replayed. */
  readonly standing: Standing;
  /** For each piece that carries it: what is left without it. */
  readonly dropped: readonly { readonly piece: ProvenPiece; readonly standing: Standing }[];
  readonly differences: readonly ProofDifference[];
  /** What could not be compared, in words. */
  readonly notes: readonly string[];
}

/** The rules that are loaded now: what signals say of theirs, policies and templates. */
export interface LoadedNow {
  readonly rules: readonly ProvenRule[];
  readonly templates: ProofContent['templates'];
}

/**
 * Replays a proof alone: all pieces, and all without each one that carries it; and compares with what the proof says, to the last digit. With the rules
 * that are loaded now it also says which of them are others, and replays with the template of now. Cost: a replay a piece.
 */
export function verifyProof(proof: Proof, now?: LoadedNow): ProofVerdict {
  const differences: ProofDifference[] = [];
  const notes: string[] = [];
  const differ = (of: string, said: unknown, found: unknown): void => {
    const [a, b] = [shown(said), shown(found)];
    if (a !== b) differences.push({ of, said: a, found: b });
  };
  const content = contentOf(proof);
  const first = proof.origin ?? proof.incident.id;
  const opener = proof.pieces.find(({ sighting }) => openedId(sighting) === first);
  if (opener === undefined) differ('id', proof.incident.id, 'no piece opens an incident of this id');
  const standing = standingOf(content);
  compareStanding(proof.stands, standing, differ);
  const carrying = proof.pieces.filter(({ use }) => use === 'carries');
  const dropped = carrying.map((piece) => ({ piece, standing: withoutPiece(content, piece) }));
  for (const { piece, standing: left } of dropped) {
    const of = `without signal ${piece.sighting.id}`;
    if (proof.least) differ(of, 'it does not stand', left.stands ? 'it stands' : 'it does not stand');
    differ(`${of}, confidence`, piece.without, left.confidence);
  }
  for (const [i, { decision, needed, without }] of (proof.decisions ?? []).entries()) {
    const left = withoutDecision(content, i);
    const of = `without the decision of ${decision.by}`;
    differ(of, needed ? 'it does not stand' : 'it stands', left.needed ? 'it does not stand' : 'it stands');
    differ(`${of}, confidence`, without, left.without);
  }
  for (const [name, value] of Object.entries(DEFAULT_SETTINGS)) {
    const said = Object.hasOwn(proof.settings, name) ? Object.entries(proof.settings) : [];
    differ(`setting ${name}`, said.find(([key]) => key === name)?.[1], value);
  }
  compareRuleNames(proof, differ);
  if (now !== undefined) compareRules(proof, { now, content, differ, notes });
  return { standing, dropped, differences, notes };
}

/** What a proof is replayed from. */
function contentOf(proof: Proof): ProofContent {
  const { pieces, settings, templates, together, origin } = proof;
  const decisions = (proof.decisions ?? []).map(({ decision, at }) => ({ decision, at }));
  return {
    id: proof.incident.id,
    pieces,
    settings,
    templates,
    together,
    decisions,
    ...(origin === undefined ? {} : { origin }),
  };
}

/** What is left without one of the decisions. */
function withoutDecision(content: ProofContent, index: number): Pick<ProvenDecision, 'needed' | 'without'> {
  const decisions = content.decisions.filter((_, i) => i !== index);
  const left = standingOf({ ...content, decisions });
  return { needed: !left.stands, without: left.confidence };
}

type Differ = (of: string, said: unknown, found: unknown) => void;

/** A proof without one piece; counter-evidence and stages stay. */
function withoutPiece(content: ProofContent, piece: ProofPiece): Standing {
  const rest = content.pieces.filter(
    ({ use, sighting }) => use !== 'stage' && sighting.id !== piece.sighting.id,
  );
  return standingOf(content, rest);
}

function compareStanding(said: Proof['stands'], found: Standing, differ: Differ): void {
  differ('the incident', 'stands', found.stands ? 'stands' : 'does not stand');
  differ('confidence', said.confidence, found.confidence);
  if (!found.stands) return;
  differ('title', said.title, found.title);
  differ('severity', said.severity, found.severity);
  differ('score', said.score, found.score);
  differ('stages', said.stages, found.stages);
  const most = Math.max(said.terms.length, found.terms.length);
  for (let i = 0; i < most; i++) differ(`term ${i + 1} of the score`, said.terms[i], found.terms[i]);
}

/** The list of rules must be that of the pieces: it is what a reader looks at. */
function compareRuleNames(proof: Proof, differ: Differ): void {
  const own = new Map(rulesOf(contentOf(proof)).map((rule) => [rule.id, provenRule(rule)]));
  for (const { meta } of proof.templates) own.set(meta.id, provenRule({ kind: 'incident', ...meta }));
  const listed = new Map(proof.rules.map((rule) => [rule.id, rule]));
  for (const id of new Set([...own.keys(), ...listed.keys()]))
    differ(`rule ${id}, as listed and in the pieces`, listed.get(id), own.get(id));
}

function compareRules(
  proof: Proof,
  from: {
    readonly now: LoadedNow;
    readonly content: ProofContent;
    readonly differ: Differ;
    readonly notes: string[];
  },
): void {
  const { now, content, differ, notes } = from;
  const loaded = new Map(now.rules.map((rule) => [rule.id, rule]));
  for (const rule of [...proof.rules, ...proof.policies]) {
    const own = loaded.get(rule.id);
    const name = `${rule.kind} ${rule.id} ('${rule.title}')`;
    if (own === undefined && FOREIGN.test(rule.id)) notes.push(`${name} is of another product: not compared`);
    else if (own === undefined) differ(name, `version ${rule.version}`, 'not loaded');
    else {
      differ(`${name}, version`, rule.version, own.version);
      differ(`${name}, what it does`, rule.hash.slice(0, 16), own.hash.slice(0, 16));
    }
  }
  if (content.templates.length === 0) return;
  const ids = new Set(content.templates.map(({ meta }) => meta.id));
  const templates = now.templates.filter(({ meta }) => ids.has(meta.id));
  const { stands } = standingOf({ ...content, templates });
  differ('with the template that is loaded', 'it stands', stands ? 'it stands' : 'it does not stand');
}

/** Rules that stand for those of another product: `product:name`. */
const FOREIGN = /^[a-z0-9_-]+:/;

function provenRule({ kind, id, title, version, hash }: ProvenRule): ProvenRule {
  return { kind, id, title, version, hash };
}

function decidedBy({ notes }: Incident, policies: readonly ProvenRule[]): readonly ProvenRule[] {
  const by = new Set(notes.map((note) => note.by));
  return policies.filter(({ id }) => by.has(`policy:${id}`)).map(provenRule);
}

function digestOf(proof: Omit<Proof, 'digest'>): string {
  return sha256(canonicalJson(proof));
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : canonicalJson(value);
}
