import { gitCommit } from '../adapters/index.ts';
import type { BaselineState } from '../baseline/index.ts';
import type { Diagnostic } from '../diagnostic/index.ts';
import type { Enrichment } from '../intel/index.ts';
import { incidentStage, LiveCases } from '../pipeline/index.ts';
import {
  type AuditEvent,
  type BadFile,
  type ClockPort,
  changedRules,
  type DaemonConfig,
  hashSeed,
  JournaledStages,
  type KeptValue,
  keptValues,
  type LiveRules,
  liveRules,
  RuleExaminer,
  readKept,
  type StagesMaker,
  type StorePort,
} from '../runtime/index.ts';
import { examinerPorts } from './rule-examination.ts';
import { ruleCache } from './rule-source.ts';

/** The rules that a daemon starts with. */
export interface StartRules {
  readonly rules: LiveRules;
  /** The rules that ran when the store was last written, where others run now. */
  readonly before: LiveRules | undefined;
  /** To be remembered with the first commit. */
  readonly values: readonly KeptValue[];
  readonly bad: readonly BadFile[];
  readonly findings: readonly Diagnostic[];
  readonly sourceOf: (file: string) => string | undefined;
}

/** Reads the rules as they stand; a bad file keeps the last good version that the store has of it. */
export async function openStartRules(config: DaemonConfig, store: StorePort): Promise<StartRules> {
  const cache = await ruleCache();
  const ports = examinerPorts(config, cache);
  const kept = readKept(store);
  const reading = await ports.read();
  const examiner = new RuleExaminer({ ...ports, read: async () => reading }, { kept });
  const found = await examiner.examine(new Uint8Array(0));
  if (found.kind !== 'examined') throw new Error('the first look at rules gave nothing');
  if (reading.rules.length >= CACHED_FILES_MIN) await cache?.save();
  const { rules, changes, bad, findings } = found;
  const firstStart = kept.rules.size === 0;
  const texts = new Map([...reading.rules, ...reading.lists].map(({ path, text }) => [path, text] as const));
  return {
    rules,
    before:
      firstStart || changes.length === 0
        ? undefined
        : liveRules(ports.compile(files(kept.rules), files(kept.lists))),
    values: keptValues(changes, []),
    bad,
    findings,
    sourceOf: (file) => texts.get(file),
  };
}

/** Few rules are read sooner than a cache is written. */
const CACHED_FILES_MIN = 200;

/**
 * The stages as they stood at the last commit, run by the rules of now: steps since the last snapshot are gone over by the rules that they were taken
 * by, and then the others take over. True in `lost` where the state could not be read.
 */
export function recoverStages(
  { rules, before, values }: StartRules,
  at: {
    readonly store: StorePort;
    readonly clock: ClockPort;
    readonly learned: Readonly<Record<string, BaselineState>>;
    readonly made?: (stages: LiveCases) => void;
    readonly enrichment?: Enrichment | undefined;
    readonly limits?: DaemonConfig['limits'];
    /** Whose commit is written down where rules changed since the last start. */
    readonly config?: Pick<DaemonConfig, 'rules'>;
  },
): { readonly stages: JournaledStages; readonly lost: boolean } {
  const { store, clock } = at;
  const { stages, lost } = JournaledStages.recover(store, stagesMaker(before ?? rules, at));
  const audit: AuditEvent[] = [];
  if (before !== undefined) {
    if (!stages.swap(stagesMaker(rules, at))) throw new Error('stages do not understand their own snapshot');
    const revision = at.config?.rules.map(gitCommit).find((commit) => commit !== undefined);
    const detail = {
      before: before.hash,
      rules: changedRules(before.listed, rules.listed),
      ...(revision === undefined ? {} : { revision }),
    };
    audit.push({
      at: clock.nowMicros(),
      by: 'engine',
      action: 'rules.started',
      subject: rules.hash,
      detail,
    });
  }
  store.commit({
    positions: [],
    state: stages.drain(),
    revisions: [],
    outbox: [],
    audit,
    ledger: [],
    values,
  });
  return { stages, lost };
}

/** Makes the stages of these rules, from a snapshot where there is one. */
export function stagesMaker(
  rules: LiveRules,
  {
    learned = {},
    made,
    enrichment,
    limits,
  }: {
    readonly learned?: Readonly<Record<string, BaselineState>>;
    readonly made?: ((stages: LiveCases) => void) | undefined;
    readonly enrichment?: Enrichment | undefined;
    readonly limits?: DaemonConfig['limits'];
  } = {},
): StagesMaker {
  return (saved) => {
    const stages = LiveCases.start(
      rules,
      {
        incidents: incidentStage(rules),
        learned,
        hashSeed: hashSeed(),
        ...(limits === undefined ? {} : { correlationItems: limits.correlationItems }),
        ...(enrichment === undefined ? {} : { asset: (entity) => enrichment.worthOf(entity) }),
      },
      saved,
    );
    if (stages !== undefined) made?.(stages);
    return stages;
  };
}

function files(
  texts: ReadonlyMap<string, string>,
): readonly { readonly path: string; readonly text: string }[] {
  return [...texts].map(([path, text]) => ({ path, text }));
}
