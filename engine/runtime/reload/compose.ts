import type { Diagnostic } from '../../diagnostic/index.ts';
import type { RuleFile } from '../../language/index.ts';
import type { CompiledRuleset } from '../../pipeline/index.ts';
import type { PolicyPlan } from '../../policy/index.ts';

/** The files that rules are made of as they stand: rule files and files of value lists, in the order in which they are read. */
export interface RuleReading {
  readonly rules: readonly RuleFile[];
  readonly lists: readonly RuleFile[];
  /** Files and folders that could not be read: what was good at or below them stays. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** A version of a file that compiled, and yet is not to run. */
export interface RefusedVersion {
  /** SHA-256 of its text; empty where what was refused is that the file had gone. */
  readonly digest: string;
  readonly reason: string;
}

/** What is remembered of files: the text each had when it was last good, and the version of it that was refused. By path. */
export interface KeptFiles {
  readonly rules: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, RefusedVersion>;
}

/** All kinds of rules, compiled. */
export interface CompiledRules {
  readonly compiled: CompiledRuleset;
  readonly policies: PolicyPlan;
  /** All findings, those about value lists and policies included. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What composing needs from outside. Both are pure. */
export interface ComposePorts {
  readonly compile: (rules: readonly RuleFile[], lists: readonly RuleFile[]) => CompiledRules;
  readonly digest: (text: string) => string;
  /** Why a text is no file of value lists; undefined where it is one. */
  readonly listProblem: (file: RuleFile) => string | undefined;
}

/** A file whose version as it stands does not run. */
export interface BadFile {
  readonly path: string;
  /** What runs in its place: its last good version, those of its rules that are good, or nothing. */
  readonly runs: 'last good' | 'usable rules' | 'nothing';
  readonly reason: string;
}

/** Rules in which every bad file is as it was when it was last good. */
export interface ComposedRules extends CompiledRules {
  /** The texts that they were made of: the ones to remember, but for those of `bad`. */
  readonly rules: readonly RuleFile[];
  readonly lists: readonly RuleFile[];
  /** Texts that differ from what is remembered, and those to forget (`text` undefined). */
  readonly changes: readonly PieceChange[];
  /** By path. */
  readonly bad: readonly BadFile[];
  /** What is wrong with the files as they stand. */
  readonly findings: readonly Diagnostic[];
}

/** Another text to remember of a file. */
export interface PieceChange {
  readonly kind: 'rules' | 'lists';
  readonly path: string;
  readonly text: string | undefined;
}

/** Rounds of compiling at most; each blames at least one more file. */
const ROUNDS_MAX = 6;

/**
 * Findings that another file may be the reason of: two rules of one id or name, and references that lead nowhere. A file that has no others is put to
 * the test once more when those that have are as they were.
 */
const BETWEEN_FILES: ReadonlySet<string> = new Set([
  'TT1107',
  'TT1108',
  'TT1401',
  'TT1402',
  'TT1405',
  'TT1407',
  'TT1805',
  'TT5001',
  'TT5002',
  'TT5003',
  'TT5005',
]);

/**
 * Compiles rules so that one bad file costs at most its own change: it is replaced by its last good version, all others are taken as they stand. A
 * file that became blank is taken for half written; only its removal removes its rules. Where a changed file makes one that did not change bad (it
 * takes its id, say), the changed one is blamed. One compilation where nothing is bad, a few where something is.
 */
export function composeRules(reading: RuleReading, kept: KeptFiles, ports: ComposePorts): ComposedRules {
  const table = new Table(reading, kept, ports);
  let result = table.compile();
  const findings = result.diagnostics;
  for (let round = 0; round < ROUNDS_MAX && table.blame(result.diagnostics); round++)
    result = table.compile();
  return { ...result, ...table.outcome(), findings };
}

/** One file, and what was decided about it. */
interface Piece {
  readonly kind: 'rules' | 'lists';
  readonly path: string;
  /** Undefined where it cannot be read, or has gone and must not. */
  readonly text: string | undefined;
  readonly lastGood: string | undefined;
  bad: string | undefined;
  /** Its usable rules run, because nothing older is there and it stands in nobody's way. */
  partly: boolean;
  /** A file that did not change is wrong because of it. */
  obstructs: boolean;
}

class Table {
  readonly #pieces: Piece[] = [];
  readonly #byPath = new Map<string, Piece>();
  readonly #ports: ComposePorts;
  readonly #kept: KeptFiles;

  constructor(reading: RuleReading, kept: KeptFiles, ports: ComposePorts) {
    this.#ports = ports;
    this.#kept = kept;
    for (const kind of ['rules', 'lists'] as const) {
      for (const { path, text } of reading[kind])
        this.#add({ kind, path, text, lastGood: kept[kind].get(path), bad: undefined });
      for (const [path, lastGood] of kept[kind]) {
        if (this.#byPath.has(path)) continue;
        const bad =
          reading.unreadable.find((one) => isUnder(path, one.path))?.reason ?? this.#refusal(path, '');
        if (bad !== undefined) this.#add({ kind, path, text: undefined, lastGood, bad });
      }
    }
    for (const piece of this.#pieces) piece.bad ??= this.#atSight(piece);
  }

  compile(): CompiledRules {
    return this.#ports.compile(this.#chosen('rules'), this.#chosen('lists'));
  }

  /** Finds files to blame for what is wrong; false where no other choice of versions would help. */
  blame(diagnostics: readonly Diagnostic[]): boolean {
    const own = new Map<Piece, string>();
    const between = new Map<Piece, string>();
    for (const { severity, code, message, at, related } of diagnostics) {
      if (severity !== 'error' || at === undefined) continue;
      const reason = `${at.line}:${at.column}: ${code}: ${message}`;
      const piece = this.#byPath.get(at.file);
      const thief = piece === undefined ? undefined : this.#thief(piece, message, related);
      if (thief !== undefined) {
        between.set(thief, `${at.file}:${reason}`);
        thief.obstructs = true;
      } else if (piece !== undefined && isOnTrial(piece)) {
        const list = BETWEEN_FILES.has(code) ? between : own;
        if (!list.has(piece)) list.set(piece, reason);
      } else if (piece?.partly !== true) {
        for (const culprit of this.#culprits(related)) {
          between.set(culprit, `${at.file}:${reason}`);
          culprit.obstructs = true;
        }
      }
    }
    // A file that is wrong by itself may be the reason of all else, so it goes first.
    return this.#condemn(own) || this.#condemn(between);
  }

  /** Of two files that changed, the one that took an id or name which was the other's before. */
  #thief(owner: Piece, message: string, related: Diagnostic['related']): Piece | undefined {
    const taken = /'([^']+)'/.exec(message)?.[1];
    const [first] = related ?? [];
    const other = first === undefined ? undefined : this.#byPath.get(first.at.file);
    if (taken === undefined || other === undefined || other === owner || !isOnTrial(other)) return undefined;
    const was = owner.lastGood?.includes(taken) === true && other.lastGood?.includes(taken) !== true;
    return was ? other : undefined;
  }

  /** Changed files that made a file wrong which did not change: the ones that the finding names, else value lists. */
  #culprits(related: Diagnostic['related']): readonly Piece[] {
    const named = (related ?? []).flatMap(({ at }) => this.#byPath.get(at.file) ?? []);
    return (named.length > 0 ? named : this.#pieces.filter(({ kind }) => kind === 'lists')).filter(
      (piece) => isOnTrial(piece) || piece.partly,
    );
  }

  /** True where another version, or none, takes the place of one of them. */
  #condemn(blamed: ReadonlyMap<Piece, string>): boolean {
    let replaced = false;
    for (const [piece, reason] of blamed) {
      // What is good in a new file may run, unless it stands in the way of a file that was there before.
      const partly = piece.bad === undefined && piece.lastGood === undefined && !piece.obstructs;
      piece.bad = reason;
      piece.partly = partly;
      if (!partly) replaced = true;
    }
    return replaced;
  }

  outcome(): Pick<ComposedRules, 'rules' | 'lists' | 'changes' | 'bad'> {
    const bad = this.#pieces.flatMap(({ path, bad: reason, lastGood, partly }): BadFile[] =>
      reason === undefined
        ? []
        : [
            {
              path,
              reason,
              runs: lastGood !== undefined ? 'last good' : partly ? 'usable rules' : 'nothing',
            },
          ],
    );
    const changes: PieceChange[] = [];
    for (const kind of ['rules', 'lists'] as const) {
      for (const piece of this.#pieces) {
        if (piece.kind !== kind || piece.bad !== undefined || piece.text === piece.lastGood) continue;
        changes.push({ kind, path: piece.path, text: piece.text });
      }
      for (const path of this.#kept[kind].keys())
        if (!this.#byPath.has(path)) changes.push({ kind, path, text: undefined });
    }
    bad.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { rules: this.#chosen('rules'), lists: this.#chosen('lists'), changes, bad };
  }

  #add(given: Omit<Piece, 'partly' | 'obstructs'>): void {
    const piece: Piece = { ...given, partly: false, obstructs: false };
    this.#pieces.push(piece);
    this.#byPath.set(piece.path, piece);
  }

  /** Why a file is bad before anything is compiled. */
  #atSight(piece: Piece): string | undefined {
    const { kind, path, text, lastGood } = piece;
    if (text === undefined) return undefined;
    if (text.trim() === '' && (lastGood ?? '').trim() !== '') return 'it is blank, which it was not before';
    const problem = kind === 'lists' ? this.#ports.listProblem({ path, text }) : undefined;
    return problem ?? (text === lastGood ? undefined : this.#refusal(path, text));
  }

  #refusal(path: string, text: string): string | undefined {
    const refused = this.#kept.refused.get(path);
    if (refused === undefined) return undefined;
    return refused.digest === (text === '' ? '' : this.#ports.digest(text)) ? refused.reason : undefined;
  }

  /** The versions that are to run, each file where it stands now, files that cannot be read at the end. */
  #chosen(kind: Piece['kind']): readonly RuleFile[] {
    const chosen: RuleFile[] = [];
    for (const piece of this.#pieces) {
      if (piece.kind !== kind) continue;
      const text = piece.bad === undefined || piece.partly ? piece.text : piece.lastGood;
      if (text !== undefined) chosen.push({ path: piece.path, text });
    }
    return chosen;
  }
}

/** Its version as it stands is in use, and another could be in its place. */
function isOnTrial({ text, lastGood, bad }: Piece): boolean {
  return bad === undefined && text !== undefined && text !== lastGood;
}

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}
