import { accessSync, constants } from 'node:fs';
import type { ReadinessCheck } from '../console/index.ts';
import type { LiveRules } from '../runtime/index.ts';

/** What readiness rests on. */
export interface ReadinessParts {
  /** Why nothing can be committed; undefined where it can. */
  readonly stuck: string | undefined;
  /** How long ago the loop went round, milliseconds; undefined before it runs. */
  readonly quietMs: number | undefined;
  /** The daemon has been asked to end. */
  readonly ending: boolean;
  /** Detecting threads that end time after time. */
  readonly ailingThreads: number;
  readonly rules: Pick<LiveRules, 'listed'>;
  /** The state folder. */
  readonly state: string;
  readonly sources: readonly { readonly name: string; readonly problem?: string }[];
}

/** After so long without going round the loop is taken for hung. */
const LOOP_MAX_MS = 60_000;

/** Kinds whose hits are counted. */
export const FIRING: ReadonlySet<string> = new Set(['detection', 'correlation', 'baseline', 'feed']);

/** What must hold for the engine to do its work. An output that is down is no such thing: what is for it waits. */
export function readinessChecks(parts: ReadinessParts): readonly ReadinessCheck[] {
  const { stuck, quietMs, ending, ailingThreads, state, sources } = parts;
  const rules = parts.rules.listed.filter(({ kind }) => FIRING.has(kind)).length;
  const refused = refusalOf(state);
  return [
    {
      name: 'loop',
      holds: quietMs !== undefined && quietMs < LOOP_MAX_MS,
      detail: quietMs === undefined ? 'it does not run yet' : `it went round ${Math.round(quietMs)} ms ago`,
    },
    { name: 'running', holds: !ending, detail: ending ? 'it is ending' : 'nobody asked it to end' },
    { name: 'commit', holds: stuck === undefined, detail: stuck ?? 'batches are committed' },
    { name: 'state', holds: refused === undefined, detail: refused ?? 'its folder can be written' },
    {
      name: 'detector',
      holds: ailingThreads === 0,
      detail: ailingThreads === 0 ? 'its threads answer' : `${ailingThreads} threads end time after time`,
    },
    { name: 'rules', holds: rules > 0, detail: `${rules} rules are live` },
    ...sources.map(({ name, problem }) => ({
      name: `source ${name}`,
      holds: problem === undefined,
      detail: problem ?? 'it works',
    })),
  ];
}

/** Why a folder cannot be written: its mode, or a disk that was mounted again for reading only after a fault. */
function refusalOf(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
