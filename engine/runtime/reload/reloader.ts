import { planReload, type ReloadStep, savedRules } from '../../correlate/index.ts';
import type { Diagnostic } from '../../diagnostic/index.ts';
import type { ClockPort } from '../daemon/clock-port.ts';
import type { AuditEvent, KeptValue, StorePort } from '../daemon/store-port.ts';
import type { BadFile, PieceChange, RefusedVersion } from './compose.ts';
import type { Examined, ListedRule, LiveRules } from './examiner.ts';
import type { ExaminerPort } from './examiner-thread.ts';
import { keptValues, keyOf } from './kept-files.ts';
import type { Probation } from './probation.ts';

/** What reloading needs from outside. */
export interface ReloadPorts {
  readonly store: Pick<StorePort, 'value' | 'putValues'>;
  readonly clock: ClockPort;
  readonly examiner: ExaminerPort;
  readonly digest: (text: string) => string;
  /** Recent events, one a line. */
  readonly recent: () => Uint8Array;
  /** Puts the rules in the place of the running ones, between two events; false where the state cannot be taken over. */
  readonly install: (
    rules: LiveRules,
    along: { readonly audit: readonly AuditEvent[]; readonly values: readonly KeptValue[] },
  ) => Promise<boolean>;
  /** The revision that the files are checked out from, where they are. */
  readonly revision: () => string | undefined;
  readonly probation: Probation;
}

/** Which rules a reload touches, by id. */
export interface RuleChanges {
  readonly added: readonly string[];
  readonly edited: readonly string[];
  readonly removed: readonly string[];
}

/** How a reload ended, or would end. */
export interface ReloadOutcome {
  /** `kept`: files changed, and what runs did not, because each that changed is bad. */
  readonly kind: 'unchanged' | 'swapped' | 'planned' | 'kept' | 'refused' | 'rolled back';
  readonly reason?: string;
  readonly rulesetHash: string;
  readonly files: number;
  readonly changedFiles: readonly string[];
  readonly rules: RuleChanges;
  /** What becomes of the state of correlations, but for those that keep it unchanged. */
  readonly state: readonly Pick<ReloadStep, 'ruleId' | 'action' | 'reason'>[];
  readonly bad: readonly BadFile[];
  readonly findings: readonly Diagnostic[];
  readonly revision?: string;
}

/** Files that are found to end or hang the examining thread, one after the other, in one reload at most. */
const ISOLATIONS_MAX = 8;
const NOBODY: ReadonlySet<string> = new Set();

/**
 * Loads what changed: rule files and value lists are looked at by their content, compiled and tried on another thread, and swapped in. Every bad file keeps
 * its last good version, also over a restart; rules that make alerts or cost jump are taken back. One reload at a time; calls meanwhile wait their turn.
 */
export class Reloader {
  readonly #ports: ReloadPorts;
  #running: LiveRules;
  #lastChange: readonly (PieceChange & { readonly before: string | undefined })[] = [];
  #bad: readonly BadFile[] = [];
  #findings: readonly Diagnostic[] | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: ReloadPorts, running: LiveRules) {
    this.#ports = ports;
    this.#running = running;
  }

  /** The rules that run. */
  get running(): LiveRules {
    return this.#running;
  }

  /** Bad files of the last look. */
  get bad(): readonly BadFile[] {
    return this.#bad;
  }

  /** What is wrong with the files as they stood at the last look; undefined before one found a change. */
  get findings(): readonly Diagnostic[] | undefined {
    return this.#findings;
  }

  /** Loads what changed. Throws only what the store or the loop throws. */
  reload(by: string): Promise<ReloadOutcome> {
    return this.#inTurn(() => this.#reload(by, 'apply'));
  }

  /** What a reload would do now, without doing it. */
  plan(): Promise<ReloadOutcome> {
    return this.#inTurn(() => this.#reload('', 'plan'));
  }

  /** Takes the last change back where the rules' probation says so; undefined where it does not. */
  review(): Promise<ReloadOutcome | undefined> {
    return this.#inTurn(async () => {
      const reason = this.#ports.probation.verdict(this.#ports.clock.monotonicMs());
      return reason === undefined || this.#lastChange.length === 0 ? undefined : this.#rollBack(reason);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #reload(by: string, mode: 'apply' | 'plan'): Promise<ReloadOutcome> {
    const { examiner, store } = this.#ports;
    let found = await examiner.examine(this.#ports.recent(), NOBODY);
    for (let i = 0; found.kind === 'failed' && i < ISOLATIONS_MAX && found.changed.length > 0; i++) {
      await this.#isolate(found.changed, found.reason);
      found = await examiner.examine(this.#ports.recent(), NOBODY);
    }
    if (found.kind === 'failed') return { ...this.#nothing('refused', 0), reason: found.reason };
    if (found.kind === 'unchanged') return this.#nothing('unchanged', found.files);
    this.#bad = found.bad;
    this.#findings = found.findings;
    const told = this.#told(found);
    if (mode === 'plan') {
      // Looked at, not loaded: the next look sees it anew.
      examiner.refuse([], []);
      return { kind: 'planned', ...told };
    }
    if (found.changes.length === 0) {
      store.putValues(keptValues([], found.refused));
      examiner.take();
      return { kind: 'kept', ...told };
    }
    const audit = this.#audit('rules.reloaded', by, told);
    // A version that was refused, and one that takes its place: the refusal has had its day.
    const lifted = found.changes.flatMap(({ path }) =>
      store.value(keyOf('refused', path)) === undefined ? [] : [[path, undefined] as const],
    );
    const values = keptValues(found.changes, [...lifted, ...found.refused]);
    const change = found.changes.map((one) => ({ ...one, before: this.#remembered(one) }));
    if (!(await this.#ports.install(found.rules, { audit: [audit], values })))
      return { kind: 'refused', reason: 'the state cannot be taken over', ...told };
    examiner.take();
    this.#running = found.rules;
    this.#lastChange = change;
    this.#ports.probation.begin(this.#ports.clock.monotonicMs());
    return { kind: 'swapped', ...told };
  }

  /** Finds one file that ends or hangs the examining thread, and refuses its version: halves are left alone until one file is left. */
  async #isolate(changed: readonly PieceChange[], reason: string): Promise<void> {
    let suspects = changed;
    while (suspects.length > 1) {
      const half = suspects.slice(0, suspects.length >> 1);
      const held = new Set(changed.filter((one) => !half.includes(one)).map(({ path }) => path));
      const { kind } = await this.#ports.examiner.examine(new Uint8Array(0), held);
      suspects = kind === 'failed' ? half : suspects.slice(half.length);
    }
    const culprit = suspects[0];
    if (culprit !== undefined) this.#refuse([[culprit.path, this.#version(culprit.text, reason)]], []);
  }

  async #rollBack(reason: string): Promise<ReloadOutcome> {
    const { examiner, probation } = this.#ports;
    const versions = this.#lastChange.map(
      ({ path, text }) => [path, this.#version(text, `it was taken back: ${reason}`)] as const,
    );
    const good = this.#lastChange.map(({ kind, path, before }) => ({ kind, path, text: before }));
    this.#lastChange = [];
    probation.cancel();
    this.#refuse(versions, good);
    const found = await examiner.examine(new Uint8Array(0), NOBODY);
    if (found.kind !== 'examined')
      return { ...this.#nothing('refused', 0), reason: `${reason}; and they cannot be taken back` };
    this.#bad = found.bad;
    this.#findings = found.findings;
    const told = this.#told(found);
    const audit = this.#audit('rules.rolled_back', 'engine', told, reason);
    const values = keptValues(found.changes, found.refused);
    if (!(await this.#ports.install(found.rules, { audit: [audit], values })))
      return { kind: 'refused', reason: 'the state cannot be taken over', ...told };
    examiner.take();
    this.#running = found.rules;
    return { kind: 'rolled back', reason, ...told };
  }

  #refuse(versions: readonly (readonly [string, RefusedVersion])[], good: readonly PieceChange[]): void {
    this.#ports.store.putValues(keptValues(good, versions));
    this.#ports.examiner.refuse(versions, good);
  }

  #remembered({ kind, path }: PieceChange): string | undefined {
    const bytes = this.#ports.store.value(keyOf(kind, path));
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  #version(text: string | undefined, reason: string): RefusedVersion {
    return { digest: text === undefined ? '' : this.#ports.digest(text), reason };
  }

  #told(found: Examined): Omit<ReloadOutcome, 'kind' | 'reason'> {
    const { rules, files, changes, bad, findings } = found;
    const revision = this.#ports.revision();
    const steps = planReload(savedRules(this.#running.correlationPlan), rules.correlationPlan);
    return {
      rulesetHash: rules.hash,
      files,
      changedFiles: changes.map(({ path }) => path),
      rules: changedRules(this.#running.listed, rules.listed),
      state: steps
        .filter(({ reason }) => reason !== 'unchanged')
        .map(({ ruleId, action, reason }) => ({ ruleId, action, reason })),
      bad,
      findings,
      ...(revision === undefined ? {} : { revision }),
    };
  }

  #nothing(kind: ReloadOutcome['kind'], files: number): ReloadOutcome {
    return {
      kind,
      rulesetHash: this.#running.hash,
      files,
      changedFiles: [],
      rules: { added: [], edited: [], removed: [] },
      state: [],
      bad: this.#bad,
      findings: [],
    };
  }

  #audit(
    action: string,
    by: string,
    { rulesetHash, changedFiles, rules, state, bad, revision }: Omit<ReloadOutcome, 'kind' | 'reason'>,
    reason?: string,
  ): AuditEvent {
    const detail = {
      before: this.#running.hash,
      files: changedFiles,
      rules,
      state,
      bad,
      ...(revision === undefined ? {} : { revision }),
      ...(reason === undefined ? {} : { reason }),
    };
    return { at: this.#ports.clock.nowMicros(), by, action, subject: rulesetHash, detail };
  }
}

/** Rules that came, went, or mean something else. */
export function changedRules(before: readonly ListedRule[], after: readonly ListedRule[]): RuleChanges {
  const was = new Map(before.map(({ meta }) => [meta.id, meta.hash] as const));
  const is = new Set(after.map(({ meta }) => meta.id));
  return {
    added: after.flatMap(({ meta: { id } }) => (was.has(id) ? [] : [id])),
    edited: after.flatMap(({ meta: { id, hash } }) => (was.has(id) && was.get(id) !== hash ? [id] : [])),
    removed: before.flatMap(({ meta: { id } }) => (is.has(id) ? [] : [id])),
  };
}
