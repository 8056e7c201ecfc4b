import { deserialize, serialize } from 'node:v8';
import type { Diagnostic } from '../../diagnostic/index.ts';
import type { EnrichmentParts } from '../../intel/index.ts';
import type { FeedRule, PolicyRule, RuleKind, RuleMeta } from '../../model/index.ts';
import {
  Engine,
  type Ruleset,
  type RunnableRuleset,
  runnable,
  type StageRules,
} from '../../pipeline/index.ts';
import type { PolicyPlan } from '../../policy/index.ts';
import { nativeDigest } from '../native-digest.ts';
import { CANARY_LIMITS, type CanaryComparison, type CanaryLimits, jumpOf, tryOut } from './canary.ts';
import {
  type BadFile,
  type CompiledRules,
  type ComposedRules,
  type ComposePorts,
  composeRules,
  type KeptFiles,
  type PieceChange,
  type RefusedVersion,
  type RuleReading,
} from './compose.ts';

/** A rule as lists and audit events name it. */
export interface ListedRule {
  readonly kind: RuleKind;
  readonly meta: RuleMeta;
}

/** What a set of rules is to the thread that runs the stages: everything but detection, which is bytes for other threads. */
export interface LiveRules extends StageRules {
  readonly hash: string;
  readonly feeds: readonly FeedRule[];
  /** A `RunnableRuleset` as Node's serialisation has it. */
  readonly runnable: SharedArrayBuffer;
  /** Usable policies, and the value lists that they ask: a plan of them holds functions and cannot go from thread to thread. */
  readonly policies: {
    readonly rules: readonly PolicyRule[];
    readonly lists: ReadonlyMap<string, readonly (string | number)[]>;
  };
  readonly listed: readonly ListedRule[];
}

/** New rules that were examined and may run. */
export interface Examined {
  readonly kind: 'examined';
  readonly rules: LiveRules;
  readonly files: number;
  /** Whether anything that runs is another than before. */
  readonly changes: readonly PieceChange[];
  /** Versions that are refused, besides those that were before. */
  readonly refused: ReadonlyMap<string, RefusedVersion>;
  readonly bad: readonly BadFile[];
  readonly findings: readonly Diagnostic[];
  readonly canary: CanaryComparison | undefined;
}

/** What looking at the files gave. */
export type Examination = { readonly kind: 'unchanged'; readonly files: number } | Examined;

/** What examining needs from outside. */
export interface ExaminerPorts extends ComposePorts {
  readonly read: () => Promise<RuleReading>;
  /** Told which files changed before they are compiled: whoever ends this thread then knows what it was at. */
  readonly began?: (changed: readonly PieceChange[]) => void;
}

/** Refusals after which the rules as a whole are left alone. */
const TRIALS_MAX = 4;
/** A dear set of more changed files than this is refused as a whole: to find the dear one each is tried alone. */
const TRIED_ALONE_MAX = 32;

/**
 * Looks at rule files, composes rules of them in which no bad file harms another, and tries them on recent events. What is remembered of files lies
 * here; `take` says that the rules of the last examination run now.
 */
export class RuleExaminer {
  readonly #ports: ExaminerPorts;
  readonly #limits: CanaryLimits;
  readonly #enrichment: EnrichmentParts | undefined;
  #kept: KeptFiles;
  #running: SharedArrayBuffer | undefined;
  #seen: string | undefined;
  #candidate: { readonly kept: KeptFiles; readonly runnable: SharedArrayBuffer } | undefined;

  constructor(
    ports: ExaminerPorts,
    given: {
      readonly kept: KeptFiles;
      readonly running?: SharedArrayBuffer;
      readonly limits?: CanaryLimits;
      /** What recent events are enriched with, as they are where rules run. */
      readonly enrichment?: EnrichmentParts | undefined;
    },
  ) {
    this.#ports = ports;
    this.#kept = given.kept;
    this.#running = given.running;
    this.#limits = given.limits ?? CANARY_LIMITS;
    this.#enrichment = given.enrichment;
  }

  /** Looks now. `held`: files whose change is to be left alone this time. */
  async examine(recent: Uint8Array, held: ReadonlySet<string> = new Set()): Promise<Examination> {
    const reading = await this.#ports.read();
    const seen = this.#digestOf(reading, held);
    const files = reading.rules.length;
    if (seen === this.#seen) return { kind: 'unchanged', files };
    this.#ports.began?.(changedFiles(reading, this.#kept));
    const refused = new Map<string, RefusedVersion>();
    let kept = withHeld(this.#kept, reading, { held, digest: this.#ports.digest });
    for (let trial = 0; ; trial++) {
      const composed = composeRules(reading, kept, this.#ports);
      const { ruleset } = composed.compiled;
      const plan = runnable(ruleset);
      const canary =
        composed.changes.length === 0 || recent.length === 0 ? undefined : this.#canary(plan, recent);
      const jump = canary === undefined ? undefined : jumpOf(canary, this.#limits);
      if (jump !== undefined) {
        const guilty = trial < TRIALS_MAX ? this.#guilty(composed, jump, recent) : composed.changes;
        const more = guilty.map(({ path, text }) => [path, this.#version(text, jump.reason)] as const);
        for (const [path, version] of more) refused.set(path, version);
        kept = { ...kept, refused: new Map([...kept.refused, ...more]) };
        continue;
      }
      this.#seen = seen;
      const rules = liveRules(composed);
      const noLonger = new Set(composed.changes.map(({ path }) => path));
      const still = [...this.#kept.refused].filter(([path]) => !noLonger.has(path));
      const next = { ...this.#kept, refused: new Map([...still, ...refused]) };
      this.#candidate = { kept: remembered(next, composed.changes), runnable: rules.runnable };
      const { changes, bad, findings } = composed;
      return { kind: 'examined', rules, files, changes, refused, bad, findings, canary };
    }
  }

  /** The rules of the last examination run now. */
  take(): void {
    if (this.#candidate === undefined) return;
    this.#kept = this.#candidate.kept;
    this.#running = this.#candidate.runnable;
    this.#candidate = undefined;
  }

  /** Versions of files are not to run, or (undefined) may again. They are looked at anew at the next examination. */
  refuse(
    versions: readonly (readonly [string, RefusedVersion | undefined])[],
    good: readonly PieceChange[],
  ): void {
    const refused = new Map(this.#kept.refused);
    for (const [path, version] of versions) {
      if (version === undefined) refused.delete(path);
      else refused.set(path, version);
    }
    this.#kept = remembered({ ...this.#kept, refused }, good);
    this.#seen = undefined;
  }

  #canary(plan: RunnableRuleset, recent: Uint8Array): CanaryComparison {
    // The bytes are our own.
    const running =
      this.#running === undefined
        ? undefined
        : (deserialize(Buffer.from(new Uint8Array(this.#running))) as RunnableRuleset);
    const before = running === undefined ? undefined : this.#engineOf(running);
    return tryOut({ before, after: this.#engineOf(plan) }, recent, this.#limits);
  }

  #engineOf(rules: RunnableRuleset): Engine {
    const enrichment = this.#enrichment;
    return new Engine(rules, {
      digest: nativeDigest,
      ...(enrichment === undefined ? {} : { enrichment }),
    });
  }

  /** The changed files that make the jump; all of them where it cannot be told. */
  #guilty(
    composed: ComposedRules,
    jump: NonNullable<ReturnType<typeof jumpOf>>,
    recent: Uint8Array,
  ): readonly PieceChange[] {
    const { changes } = composed;
    if (jump.kind === 'signals') {
      const files = new Set(
        composed.compiled.ruleset.detections
          .filter(({ meta }) => jump.ruleIds.includes(meta.id))
          .map(({ meta }) => meta.source.file),
      );
      const found = changes.filter(({ path }) => files.has(path));
      return found.length > 0 ? found : changes;
    }
    const texts = changes.filter(({ kind, text }) => kind === 'rules' && text !== undefined);
    if (texts.length === 0 || texts.length > TRIED_ALONE_MAX) return changes;
    const costs = texts.map((change) => {
      const alone = this.#ports.compile([{ path: change.path, text: change.text ?? '' }], composed.lists);
      const engine = this.#engineOf(runnable(alone.compiled.ruleset));
      return {
        change,
        tookMs: tryOut({ before: undefined, after: engine }, recent, this.#limits).after.tookMs,
      };
    });
    costs.sort((a, b) => b.tookMs - a.tookMs);
    return costs.slice(0, 1).map(({ change }) => change);
  }

  #version(text: string | undefined, reason: string): RefusedVersion {
    return { digest: text === undefined ? '' : this.#ports.digest(text), reason };
  }

  #digestOf(reading: RuleReading, held: ReadonlySet<string>): string {
    const { rules, lists, unreadable } = reading;
    const texts = [rules, lists].map((files) => files.map(({ path, text }) => [path, text]));
    return this.#ports.digest(JSON.stringify([texts, unreadable, [...held].sort()]));
  }
}

/** What is remembered of files after these changes. */
export function remembered(kept: KeptFiles, changes: readonly PieceChange[]): KeptFiles {
  const texts = { rules: new Map(kept.rules), lists: new Map(kept.lists) };
  for (const { kind, path, text } of changes) {
    if (text === undefined) texts[kind].delete(path);
    else texts[kind].set(path, text);
  }
  return { ...texts, refused: kept.refused };
}

/** The files that stand otherwise than remembered. */
export function changedFiles(reading: RuleReading, kept: KeptFiles): readonly PieceChange[] {
  return (['rules', 'lists'] as const).flatMap((kind) => {
    const present = new Map(reading[kind].map(({ path, text }) => [path, text] as const));
    const gone = [...kept[kind].keys()].filter((path) => !present.has(path));
    return [
      ...[...present].flatMap(([path, text]) =>
        kept[kind].get(path) === text ? [] : [{ kind, path, text }],
      ),
      ...gone.map((path) => ({ kind, path, text: undefined })),
    ];
  });
}

/** Everything that runs, by kind and in order, as lists name it. */
function listedRules(ruleset: Ruleset, policies: PolicyPlan): readonly ListedRule[] {
  const { detections, correlations, baselines, feeds, templates, loaded } = ruleset;
  const rules = policies.policies.map(({ rule }) => rule);
  return [
    ...detections,
    ...correlations,
    ...baselines,
    ...feeds,
    ...templates,
    ...loaded.filters,
    ...rules,
  ].map(({ kind, meta }) => ({ kind, meta }));
}

/** A compiled set of rules as the stages and other threads take it. */
export function liveRules({ compiled: { ruleset }, policies }: CompiledRules): LiveRules {
  const { hash, feeds, baselines, correlationPlan, alertPlan, templates } = ruleset;
  return {
    hash,
    feeds,
    baselines,
    correlationPlan,
    alertPlan,
    templates,
    runnable: shared(serialize(runnable(ruleset))),
    policies: { rules: policies.policies.map(({ rule }) => rule), lists: policies.context.lists },
    listed: listedRules(ruleset, policies),
  };
}

function withHeld(
  kept: KeptFiles,
  reading: RuleReading,
  { held, digest }: { readonly held: ReadonlySet<string>; readonly digest: (text: string) => string },
): KeptFiles {
  if (held.size === 0) return kept;
  const refused = new Map(kept.refused);
  for (const { path, text } of changedFiles(reading, kept))
    if (held.has(path))
      refused.set(path, {
        digest: text === undefined ? '' : digest(text),
        reason: 'it is left alone this time',
      });
  return { ...kept, refused };
}

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return memory;
}
