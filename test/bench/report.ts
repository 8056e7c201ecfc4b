import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A table of a report. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What the figures mean, and what they do not. */
  readonly notes?: readonly string[];
}

/** A table as Markdown. */
export function markdown({ title, head, rows, notes }: Table): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    line(head),
    line(head.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(line),
    ...(notes ?? []).flatMap((note) => ['', note]),
    '',
  ].join('\n');
}

/** What a result was made with. */
export function environment(): Record<string, unknown> {
  return {
    commit: commit(),
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    load_before: loadavg()[0],
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** Writes the JSON and beside it the Markdown, which is also printed; gives the path of the JSON. */
export function writeReport(
  name: string,
  given: {
    readonly json: string | undefined;
    readonly result: Readonly<Record<string, unknown>>;
    readonly tables: readonly Table[];
  },
): string {
  const path = resolve(given.json ?? join('bench', 'results', `${name}.json`));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(given.result, null, 2)}\n`);
  const text = given.tables.map(markdown).join('\n');
  writeFileSync(path.replace(/(\.json)?$/, '.md'), `${text}\n`);
  process.stdout.write(`${text}\n`);
  return path;
}

/** A figure with three significant digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}

/** Holds figures to their bars, by name: each that is missed is named on standard error, and the process ends with 1. */
export function holdBars(bars: Readonly<Record<string, boolean>>): void {
  for (const [name, isHeld] of Object.entries(bars)) {
    if (isHeld) continue;
    say(`bar missed: ${name}`);
    process.exitCode = 1;
  }
}

/** Says on standard error what is being done. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
