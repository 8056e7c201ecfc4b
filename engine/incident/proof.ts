// Over 400 lines: what a proof is, how it is replayed and how the least of it is searched for are one thing, and are read together.
import {
  eventTime,
  type IncidentTemplate,
  type RuleRef,
  type ScoreTerm,
  type Severity,
  sha256Id,
} from '../model/index.ts';
import { IncidentBuilder } from './builder.ts';
import type { Case, CaseDecision, Notable } from './case.ts';
import { minimalEvidence } from './minimal.ts';
import { reasonOf } from './reason.ts';
import type { PastSlice, TogetherRow } from './recall.ts';
import type { IncidentSettings } from './settings.ts';
import { compareSightings, type Sighting } from './sighting.ts';

/**
 * What a piece is there for. `carries`: without it the incident does not stand. `stage`: it is the best of a stage that the pieces that carry do
 * not show. `against`: counter-evidence.
 */
export const PIECE_USES = ['carries', 'stage', 'against'] as const;
export type PieceUse = (typeof PIECE_USES)[number];

/** A signal that a proof rests on, with what it was weighed against. */
export interface ProofPiece {
  readonly use: PieceUse;
  readonly sighting: Sighting;
  /** Null where a template asks for it and its rarity says nothing. */
  readonly past: PastSlice | null;
  /** When it counts from: its own time, or when a silence was noticed. Microseconds. */
  readonly takenAt: number;
  /** Why it counts, in plain words with its figures; empty for what only a template asks for. */
  readonly reason: string;
}

/** Everything that an incident needs to come about again, alone. */
export interface ProofContent {
  /** Id of the incident. */
  readonly id: string;
  readonly settings: IncidentSettings;
  /** The template whose shape the pieces make, where there is one. */
  readonly templates: readonly IncidentTemplate[];
  readonly together: readonly TogetherRow[];
  /** In the order in which they are worked on. */
  readonly pieces: readonly ProofPiece[];
  /** What was decided about it, in order; it is applied when all pieces have been seen. */
  readonly decisions: readonly CaseDecision[];
  /** Id of the incident that the pieces open, where this one was split from it. */
  readonly origin?: string;
}

/** What becomes of pieces when they are replayed. */
export type Standing =
  | {
      readonly stands: true;
      readonly title: string;
      readonly severity: Severity;
      readonly confidence: number;
      readonly score: number;
      readonly terms: readonly ScoreTerm[];
      /** ATT&CK tactics by short name, in the order of the kill chain. */
      readonly stages: readonly string[];
    }
  | {
      readonly stands: false;
      /** What the evidence that is left makes of it, 0–1; 0 where nothing of this id came about. */
      readonly confidence: number;
    };

/** How many replays a search for the least evidence may take. Beyond, the pieces found so far stand, and are not claimed to be least. */
const REPLAYS_MAX = 20_000;
/** A case of more notable sightings is searched from those that were there when it opened. */
const SEARCHED_MAX = 400;

/**
 * Replays pieces through a builder of their own, with the past that they bring and nothing else. Pure; cost: a builder, and the pieces.
 */
export function standingOf(content: ProofContent, pieces: readonly ProofPiece[] = content.pieces): Standing {
  const pasts = new Map<string, PastSlice>();
  for (const { sighting, past } of pieces) if (past !== null) pasts.set(sighting.id, past);
  const builder = new IncidentBuilder({
    settings: content.settings,
    templates: content.templates,
    recall: { pasts, together: content.together },
  });
  let until = Number.NEGATIVE_INFINITY;
  for (const { sighting, takenAt } of pieces) {
    builder.accept(sighting);
    until = Math.max(until, sighting.at, takenAt);
  }
  // A silence is noticed only as time goes on.
  if (Number.isFinite(until)) builder.advanceTo(until + 1);
  for (const { decision, at } of content.decisions) builder.apply(decision, eventTime(at));
  builder.finish();
  const told = builder
    .take()
    .filter(({ id }) => id === content.id)
    .at(-1);
  if (told === undefined || told.state === 'redirected' || told.state === 'retracted')
    return { stands: false, confidence: builder.caseOf(content.id)?.evidenceConfidence ?? 0 };
  return {
    stands: true,
    title: told.title,
    severity: told.severity,
    confidence: told.confidence,
    score: told.score,
    terms: told.terms,
    stages: told.stages.map(({ tactic }) => tactic),
  };
}

/** The proof of a case, or in words why there is none. */
export type ProofOrReason =
  | { readonly content: ProofContent; readonly least: boolean }
  | { readonly reason: string };

/**
 * Finds the least signals from which an incident comes about again, checked by replays: together they make it, under the same id; without any
 * one that carries it they do not (`least`). To these come the best of each stage that they do not show, and what speaks against it.
 *
 * Search: from the least evidence by weight and the sighting that opened the case, else from all that was there when it opened, in shrinking
 * pieces (delta debugging, Zeller and Hildebrandt 2002). Cost: about the square of the pieces in replays, at most `REPLAYS_MAX`.
 */
export function proofOf(builder: IncidentBuilder, id: string): ProofOrReason {
  const one = builder.caseOf(id);
  if (one === undefined) return { reason: 'it is not remembered any more' };
  if (one.state === 'candidate') return { reason: 'it is a candidate, and not shown' };
  if (one.redirectedTo !== undefined) return { reason: `it was merged into ${one.redirectedTo}` };
  if (one.state === 'retracted') return { reason: 'it was ruled out' };
  const family = familyOf(one, builder);
  const root = family.at(-1) ?? one;
  if (root.splitFrom !== undefined)
    return { reason: 'the incident that it was split from is not remembered any more' };
  const all = piecesOf(family);
  const against = all.filter(({ use }) => use === 'against');
  const candidates = all.filter(({ use }) => use !== 'against');
  const opener = candidates.find(({ sighting }) => openedId(sighting) === root.id);
  if (opener === undefined)
    return { reason: 'the signal that opened it is not among its evidence: it is too large' };
  const rules = [...new Set(candidates.map(({ sighting }) => sighting.rule.id))];
  const common = {
    id,
    settings: builder.settings,
    templates: builder.templates.filter(({ meta }) => meta.id === one.template?.id).map(bareTemplate),
    together: builder.history.togetherRows(rules),
    ...(root === one ? {} : { origin: root.id }),
  };
  const decided = family.flatMap((each) => each.decided).sort((a, b) => a.at - b.at);
  // What the evidence carries alone rests on no decision to show it.
  const figures = decided.filter(({ decision }) => decision.escalate !== 'incident');
  const ways = figures.length < decided.length ? [figures, decided] : [decided];
  for (const decisions of ways) {
    const frame = { ...common, decisions };
    const search = new Search(frame, against);
    const found = leastOf(one, { builder, candidates, opener, against, frame, search });
    if (found !== undefined) return found;
  }
  return { reason: whyNone(one) };
}

/** The least pieces that make a case again with the decisions of a frame; undefined where none do. */
function leastOf(
  one: Case,
  from: {
    readonly builder: IncidentBuilder;
    readonly candidates: readonly ProofPiece[];
    readonly against: readonly ProofPiece[];
    readonly opener: ProofPiece;
    readonly frame: Omit<ProofContent, 'pieces'>;
    readonly search: Search;
  },
): ProofOrReason | undefined {
  const { builder, candidates, against, frame, search } = from;
  for (const start of beginnings(one, from)) {
    if (!search.stands(start)) continue;
    const carrying = search.shrink(start);
    const least = !search.spent && carrying.every((piece) => !search.stands(without(carrying, piece)));
    const pieces = withStages(one, { builder, candidates, carrying, search });
    const known = new Set(carrying.flatMap(({ sighting }) => sighting.rule.id));
    const together = frame.together.filter(({ rule, other }) => known.has(rule) && known.has(other));
    const content = { ...frame, together, pieces: [...pieces, ...against].sort(byWork) };
    // What came together with rules that are not here weighs nothing; it is checked all the same.
    const final = standingOf(content).stands ? content : { ...content, together: frame.together };
    return { content: final, least };
  }
  return undefined;
}

/** A case, and those that it was split from, the first of them last; as far as they are remembered. */
function familyOf(one: Case, builder: IncidentBuilder): readonly Case[] {
  const family = [one];
  for (let id = one.splitFrom; id !== undefined; id = family.at(-1)?.splitFrom) {
    const before = builder.caseOf(id);
    if (before === undefined || family.includes(before)) break;
    family.push(before);
  }
  return family;
}

/** The rules that pieces and templates name, each once, in the order of their ids. */
export function rulesOf(content: ProofContent): readonly RuleRef[] {
  const by = new Map(content.pieces.map(({ sighting: { rule } }) => [rule.id, rule]));
  return [...by.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The id that a case has which this sighting opens. */
export function openedId({ rule, alert, id }: Sighting): string {
  return sha256Id(`incident\n${rule.id}\n${alert}\n${id}`);
}

/** Everything of a case that a proof may rest on, in the order of work: what is notable, and what its template's shape rests on. */
function piecesOf(family: readonly Case[]): ProofPiece[] {
  const counters = new Set(
    family.flatMap(({ counter }) => counter.flatMap(({ factor, signal }) => (factor < 1 ? [signal] : []))),
  );
  const pieces = new Map<string, ProofPiece>();
  for (const notable of family.flatMap(({ notables, gone }) => [...notables, ...gone])) {
    const { sighting, past, takenAt } = notable;
    const known = pieces.get(sighting.id);
    if (known !== undefined && known.past !== null) continue;
    pieces.set(sighting.id, {
      use: 'carries',
      sighting: bare(sighting),
      past: past ?? null,
      takenAt,
      reason: reasonOf(notable),
    });
  }
  for (const { sighting, past, takenAt } of family.flatMap(({ basis }) => [...basis.values()])) {
    if (pieces.has(sighting.id)) continue;
    const use = counters.has(sighting.id) ? 'against' : 'carries';
    pieces.set(sighting.id, {
      use,
      sighting: bare(sighting),
      past: past ?? null,
      takenAt,
      reason: '',
    });
  }
  for (const late of family.flatMap(({ takenBack }) => takenBack))
    pieces.set(late.id, {
      use: 'against',
      sighting: bare(late),
      past: null,
      takenAt: late.time,
      reason: `takes back what ${late.rule.title} said before`,
    });
  return [...pieces.values()].sort(byWork);
}

/** A sighting without what proves nothing. */
function bare({ remediation: _remediation, ...sighting }: Sighting): Sighting {
  return sighting;
}

/** A template without its tests, and without the folder that it stood in: neither proves anything. */
function bareTemplate(template: IncidentTemplate): IncidentTemplate {
  const { meta } = template;
  const file = meta.source.file.slice(meta.source.file.lastIndexOf('/') + 1);
  return { ...template, meta: { ...meta, source: { ...meta.source, file } }, tests: [] };
}

/** Sets of pieces to begin with, the smallest first. */
function beginnings(
  one: Case,
  from: {
    readonly builder: IncidentBuilder;
    readonly candidates: readonly ProofPiece[];
    readonly opener: ProofPiece;
  },
): readonly (readonly ProofPiece[])[] {
  const { builder, candidates, opener } = from;
  const evidence = builder.evidence(one);
  const { notables } = minimalEvidence(one.notables, {
    evidence,
    settings: builder.settings,
    together: (rule, other) => builder.history.together(rule, other),
  });
  const least = idsOf(notables);
  const asked = new Set([...one.basis.keys()]);
  const linked = linkedTo(one, [...notables.map(({ sighting }) => sighting.alert), opener.sighting.alert]);
  const opened = one.openedAt;
  const chosen = (take: (piece: ProofPiece) => boolean): readonly ProofPiece[] =>
    candidates.filter((piece) => piece === opener || take(piece));
  const sets = [
    chosen(({ sighting }) => least.has(sighting.id)),
    chosen(({ sighting }) => least.has(sighting.id) || asked.has(sighting.id)),
    chosen(({ sighting }) => least.has(sighting.id) || linked.has(sighting.alert)),
    chosen(({ takenAt }) => takenAt <= opened),
  ];
  return candidates.length <= SEARCHED_MAX ? [...sets, candidates] : sets;
}

function idsOf(notables: readonly Notable[]): ReadonlySet<string> {
  return new Set(notables.map(({ sighting }) => sighting.id));
}

/** The alerts on a way of links from the first of these alerts to each of the others. */
function linkedTo(one: Case, alerts: readonly string[]): ReadonlySet<string> {
  const beside = new Map<string, string[]>();
  for (const { from, to } of one.links) {
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      const known = beside.get(a);
      if (known === undefined) beside.set(a, [b]);
      else known.push(b);
    }
  }
  const [first] = alerts;
  const on = new Set<string>();
  if (first === undefined) return on;
  const before = new Map<string, string>([[first, first]]);
  for (const alert of before.keys()) {
    for (const next of beside.get(alert) ?? []) if (!before.has(next)) before.set(next, alert);
  }
  for (const alert of alerts) {
    for (let at: string | undefined = alert; at !== undefined && !on.has(at); ) {
      on.add(at);
      at = before.get(at);
    }
  }
  return on;
}

/** Replays subsets, each once. */
class Search {
  readonly #frame: Omit<ProofContent, 'pieces'>;
  readonly #against: readonly ProofPiece[];
  readonly #known = new Map<string, Standing>();
  #replays = 0;

  constructor(frame: Omit<ProofContent, 'pieces'>, against: readonly ProofPiece[]) {
    this.#frame = frame;
    this.#against = against;
  }

  /** The bound was reached: answers are a careful no. */
  get spent(): boolean {
    return this.#replays >= REPLAYS_MAX;
  }

  stands(pieces: readonly ProofPiece[]): boolean {
    return this.standing(pieces).stands;
  }

  standing(pieces: readonly ProofPiece[]): Standing {
    const key = pieces.map(({ sighting }) => sighting.id).join('\n');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (pieces.length === 0 || this.spent) return { stands: false, confidence: 0 };
    this.#replays++;
    const content = { ...this.#frame, pieces: [...pieces, ...this.#against].sort(byWork) };
    const standing = standingOf(content);
    this.#known.set(key, standing);
    return standing;
  }

  /** A subset that stands, and does not without any one piece. */
  shrink(start: readonly ProofPiece[]): readonly ProofPiece[] {
    let pieces = start;
    for (let size = pieces.length >> 1; size >= 1; size >>= 1) {
      for (let again = true; again; ) {
        again = false;
        for (let i = 0; i < pieces.length; ) {
          const rest = [...pieces.slice(0, i), ...pieces.slice(i + size)];
          if (this.stands(rest)) {
            pieces = rest;
            again = size === 1;
          } else i += size;
        }
      }
    }
    return pieces;
  }
}

/**
 * The pieces that carry, and the best of each stage that they do not show, with what links it to them where it needs that; as far as the incident
 * then shows the stage.
 */
function withStages(
  one: Case,
  from: {
    readonly builder: IncidentBuilder;
    readonly candidates: readonly ProofPiece[];
    readonly carrying: readonly ProofPiece[];
    readonly search: Search;
  },
): readonly ProofPiece[] {
  const { builder, candidates, search } = from;
  const shownBy = (some: readonly ProofPiece[]): ReadonlySet<string> => {
    const standing = search.standing(some);
    return new Set(standing.stands ? standing.stages : []);
  };
  let pieces = from.carrying;
  for (const { tactic, notable } of builder.evidence(one).stages) {
    if (tactic === '') continue;
    const shown = shownBy(pieces);
    // A stage may be there because a trusted alert names it too. Its own alert is taken none the less, since later ones may be linked
    // through it alone; where none is, it goes again below.
    const best = candidates.find(({ sighting }) => sighting.id === notable.sighting.id);
    if (best === undefined || pieces.some(({ sighting }) => sighting.id === best.sighting.id)) continue;
    const way = linkedTo(one, [best.sighting.alert, ...from.carrying.map(({ sighting }) => sighting.alert)]);
    const bridges = candidates.filter(({ sighting }) => way.has(sighting.alert));
    for (const more of [[best], [best, ...bridges]]) {
      const known = new Set(pieces.map(({ sighting }) => sighting.id));
      const added = [...new Set(more)].filter(({ sighting }) => !known.has(sighting.id));
      const tried = [...pieces, ...added.map((piece) => ({ ...piece, use: 'stage' as const }))].sort(byWork);
      const now = shownBy(tried);
      if (!now.has(tactic) || ![...shown].every((each) => now.has(each))) continue;
      pieces = tried;
      break;
    }
  }
  if (candidates.length <= SEARCHED_MAX) {
    // What no way of links brings in, a template may, which rests on alerts of its own.
    const known = new Set(pieces.map(({ sighting }) => sighting.id));
    const others = candidates.filter(({ sighting }) => !known.has(sighting.id));
    const whole = [...pieces, ...others.map((piece) => ({ ...piece, use: 'stage' as const }))].sort(byWork);
    const shown = shownBy(pieces);
    const now = shownBy(whole);
    if (now.size > shown.size && [...shown].every((each) => now.has(each))) pieces = whole;
  }
  const all = shownBy(pieces);
  for (const piece of pieces.filter(({ use }) => use === 'stage')) {
    const rest = without(pieces, piece);
    const now = shownBy(rest);
    if ([...all].every((tactic) => now.has(tactic))) pieces = rest;
  }
  return pieces;
}

function without(pieces: readonly ProofPiece[], piece: ProofPiece): readonly ProofPiece[] {
  return pieces.filter((other) => other !== piece);
}

function byWork(a: ProofPiece, b: ProofPiece): number {
  return compareSightings(a.sighting, b.sighting);
}

function whyNone(one: Case): string {
  if (one.decided.length > 0) return 'neither its evidence nor what was decided about it makes it again';
  return 'its evidence does not make it again without what else happened at the time';
}
