import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What a benchmark is told. */
export interface BenchOptions {
  /** A folder of recordings and rules. */
  readonly data: string;
  /** Where the JSON goes; `bench/results/` where absent. */
  readonly json: string | undefined;
  /** Parts to run; all where empty. */
  readonly only: readonly string[];
  /** Where `nab` writes the score of each row; nowhere where absent. */
  readonly scores: string | undefined;
  /** Measured rounds, after one warm-up. */
  readonly runs: number;
}

/** The options of a command line; a text says what is wrong with them. */
export function readOptions(args: readonly string[]): BenchOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        json: { type: 'string' },
        only: { type: 'string' },
        runs: { type: 'string' },
        scores: { type: 'string' },
      },
    });
    const data = resolve(values.data ?? process.env['TELLTALE_DATA'] ?? join('..', 'shared', 'data'));
    if (!existsSync(data)) return `${data} is not there; say where the recordings are with --data DIR`;
    const runs = Number(values.runs ?? '5');
    if (!Number.isInteger(runs) || runs < 1) return `--runs is ${values.runs}, not a number from 1`;
    return { data, json: values.json, only: values.only?.split(',') ?? [], runs, scores: values.scores };
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
